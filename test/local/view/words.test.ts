import { describe, expect, it } from 'vitest';
import { allWord, linesWord, wrapWords } from '../../../local/view/words.ts';

describe('words', () => {
  it('are broken at spaces, and a long one stays whole', () => {
    expect(wrapWords('log-drain: one two three', 16)).toBe('log-drain: one\n  two three');
    expect(wrapWords('see /a/very/long/path now', 10)).toBe('see\n  /a/very/long/path\n  now');
  });

  it.each([
    [['datadog'], 'datadog'],
    [['datadog', 'syslog'], 'both destinations'],
    [Array.from({ length: 6 }, () => 'x'), 'all six destinations'],
    [Array.from({ length: 12 }, () => 'x'), 'all 12 destinations'],
  ])('name how many there are', (names, words) => {
    expect(allWord(names)).toBe(words);
  });

  it('know one line from many', () => {
    expect([0, 1, 2].map(linesWord)).toEqual(['0 lines', '1 line', '2 lines']);
  });
});
