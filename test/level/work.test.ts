import { describe, expect, it } from 'vitest';
import { levelOf } from '../../shared/level/level-of.ts';

/** How many bytes are looked at for a line, byte by byte or as text. */
function bytesRead(line: Buffer): number {
  let count = 0;
  const counted = new Proxy(line, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value === 'number' && typeof key === 'string' && /^\d/.test(key)) count += 1;
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]): unknown => {
        const [, start, end] = args;
        if (key === 'toString') count += Number(end) - Number(start);
        return Reflect.apply(value, target, args);
      };
    },
  });
  levelOf(counted, 0, line.length);
  return count;
}

const UNITS = [
  'a',
  ' ',
  '\t',
  '\r',
  '\n',
  '\ufeff',
  '[',
  '{',
  '"',
  '\\',
  '\u001b',
  '\u001b[',
  '\u001b]',
  '\u001b[0m',
  '\u001b[0;',
  '1',
  '=',
  'a=b ',
  'a="',
  "a='\\",
  '{"a":',
  '{"a":[',
  '{"a":"\\',
  '{"log":',
  '{"record":{"level":',
  '{"level":',
  '{"\\u006c',
  '[[[[',
  'a | ',
  'a:',
  'a.',
  '2026-01-15 ',
  '10:30:00 ',
  'ERROR',
  'E',
  '[a] ',
  '(',
  '─',
  '🔥 ',
  "thread '",
  '/a:1:',
  'Jan 15 ',
  '. Error',
];

describe('the work for a line', () => {
  const SMALL = 8 * 1024;

  it.each(UNITS)('grows no faster than the line: %j repeated', (unit) => {
    const line = (size: number): Buffer =>
      Buffer.from(unit.repeat(Math.ceil(size / Buffer.byteLength(unit))));

    const small = bytesRead(line(SMALL));
    const large = bytesRead(line(4 * SMALL));

    expect(large).toBeLessThanOrEqual(4 * small + 4096);
    expect(large).toBeLessThanOrEqual(3 * 4 * SMALL + 8 * 1024);
  });

  it.each([
    '"level":"custom",',
    '"a":"b",',
    '"a" : [1, {"b": "]"}] , ',
    '"log":{"level":1},',
    '"\\u0061":"\\"",',
  ])('grows no faster than a JSON object: %j repeated', (member) => {
    const line = (size: number): Buffer => Buffer.from(`{${member.repeat(Math.ceil(size / member.length))}`);

    const small = bytesRead(line(SMALL));
    const large = bytesRead(line(4 * SMALL));

    expect(large).toBeLessThanOrEqual(4.1 * small);
    expect(large).toBeLessThanOrEqual(6 * 4 * SMALL);
  });

  it('is small for a long line of plain text', () => {
    const line = Buffer.from('word '.repeat(SMALL));

    expect(bytesRead(line)).toBeLessThan(2048);
  });
});
