import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../local/view/columns.ts';
import { lineRow, type StreamLine } from '../../../local/view/line-row.ts';

const LINE: StreamLine = {
  agent: 'CA_local',
  timeMs: new Date(2026, 0, 15, 9, 5, 7).getTime(),
  level: 'warn',
  text: 'audio buffer ran empty, 20 ms of silence inserted',
};
const plain = { colors: false, columns: undefined };

describe('the row of a line', () => {
  it('has time, level, agent and text', () => {
    expect(lineRow(LINE, plain)).toBe(
      '09:05:07 WARN  CA_local audio buffer ran empty, 20 ms of silence inserted',
    );
  });

  it('has colours for time and level alone', () => {
    expect(lineRow({ ...LINE, text: 'x' }, { ...plain, colors: true })).toBe(
      '\u001b[2m09:05:07\u001b[0m \u001b[33mWARN \u001b[0m CA_local x',
    );
  });

  it.each([80, 40, 20])('fits into %i columns, whatever is in it', (columns) => {
    const texts = [
      'ab',
      'ＡＢＣ 日本語'.repeat(40),
      '👩\u200d👩\u200d👧'.repeat(40),
      '\u001b[31mred'.repeat(99),
    ];
    for (const text of texts) {
      const row = lineRow({ ...LINE, text, agent: '代理'.repeat(30) }, { colors: false, columns });
      expect(columnsOf(row)).toBeLessThanOrEqual(Math.max(columns, 24));
    }
  });

  it.each([
    ['colours', '\u001b[31;1mred\u001b[0m', 'red'],
    ['the title of the window', '\u001b]0;pwned\u0007title', 'title'],
    ['a clear screen', '\u001b[2J\u001b[Hx', 'x'],
    ['a bell and a backspace', 'a\u0007b\u0008c', 'a\\u0007b\\u0008c'],
    ['a carriage return', 'a\rb', 'a\\u000db'],
    ['an escape without its end', 'a\u001b', 'a\\u001b'],
    ['an introducer of eight bits', 'a\u0090b', 'a\\u0090b'],
    ['text that turns around', 'a\u202eb', 'a\\u202eb'],
    ['a tab', 'a\tb', 'a b'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ])('does not drive the terminal: %s', (_, text, shown) => {
    for (const style of [plain, { colors: false, columns: 120 }]) {
      expect(lineRow({ ...LINE, text }, style)).toBe(`09:05:07 WARN  CA_local ${shown}`);
    }
  });
});
