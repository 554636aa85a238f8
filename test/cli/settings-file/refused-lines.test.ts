import { expect, it } from 'vitest';
import { wordsForRefused } from '../../../cli/settings-file/refused-lines.ts';

const line = (first: number, why: string, last = first) => ({ first, last, why });

it('names each refused line once, those with the same reason together', () => {
  expect(wordsForRefused([line(2, 'a')])).toBe('line 2: a');
  expect(wordsForRefused([line(2, 'a'), line(3, 'a'), line(4, 'b')])).toBe('lines 2 and 3: a; line 4: b');
  expect(
    wordsForRefused([line(1, 'a'), line(3, 'a'), line(4, 'a', 6), line(5, 'b'), line(9, 'a'), line(10, 'a')]),
  ).toBe('lines 1, 3 to 6, 9 and 10: a; line 5: b');
});
