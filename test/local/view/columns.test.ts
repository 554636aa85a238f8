import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, cutToColumns } from '../../../local/view/columns.ts';

describe('the columns of text', () => {
  it.each([
    ['plain', 'abc', 3],
    ['nothing', '', 0],
    ['Chinese, Japanese, Korean', '日本語 한글', 11],
    ['full-width forms', 'Ａ！', 4],
    ['half-width Katakana', 'ｱｲ', 2],
    ['emoji', '✅🚀', 4],
    ['a heart that is asked to be a picture', '❤\ufe0f', 2],
    ['a combining accent', 'e\u0301', 1],
    ['a vowel sign of Hindi that has a column of its own', 'कि', 2],
    ['characters beyond the basic plane', '𠮷', 2],
    ['box drawing, which is as wide as letters', '─│', 2],
    ['joiners and soft selectors', 'a\u200db', 2],
  ])('%s', (_, text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  it('of a family of emoji are the most that a terminal takes', () => {
    expect(columnsOf('👩\u200d👩\u200d👧')).toBe(6);
  });
});

describe('text that is cut', () => {
  it.each([
    ['what fits', 'abcd', 4, 'abcd'],
    ['what is too long', 'abcde', 4, 'abc…'],
    ['a wide character where half of it fits', 'ab日本', 4, 'ab…'],
    ['wide characters that fit just', '日本', 4, '日本'],
    ['an accent, which stays with its letter', 'cafe\u0301s and more', 5, 'cafe\u0301…'],
    ['a flag, which is not halved', 'ab🇩🇪cd', 4, 'ab…'],
    ['no room', 'abc', 0, ''],
    ['room for nothing but the ellipsis', 'abc', 1, '…'],
  ])('%s', (_, ...[text, columns, expected]) => {
    expect(cutToColumns(text, columns)).toBe(expected);
  });

  it('never takes more columns than there are, nor leaves half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
        const cut = cutToColumns(text, columns);
        expect(columnsOf(cut)).toBeLessThanOrEqual(columns);
        expect(cut).not.toMatch(/\p{Surrogate}/u);
        if (columnsOf(text) <= columns) expect(cut).toBe(text);
      }),
    );
  });

  it('has no heap of marks, which would be drawn over other lines', () => {
    expect(cutToColumns(`a${'\u0301'.repeat(500)}b`, 10).length).toBeLessThan(10);
  });

  it('is not looked through to its end', () => {
    expect(cutToColumns('x'.repeat(5_000_000), 10)).toBe('xxxxxxxxx…');
  });
});
