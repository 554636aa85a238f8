import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelOf } from '../../shared/level/level-of.ts';
import { LEVELS } from '../../shared/level/words/levels.ts';
import { levelOfLine, readRows } from './rows.ts';

/** Pieces that lead deep into the rules when they are put together. */
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '<',
  '>',
  '"',
  "'",
  '\\',
  ':',
  ',',
  '=',
  '|',
  '-',
  ' ',
  '  ',
  '\t',
  '\r',
  '\n',
  '\u001b',
  '\u001b[31m',
  '\u001b]8;;',
  '\u0007',
  '"level"',
  '"level":',
  '"error"',
  '"log":{',
  '"record":{',
  '50',
  '30',
  'ERROR',
  'error',
  'E',
  'info:',
  '2026-01-15 ',
  '10:30:00',
  'Jan 15 ',
  'host ',
  'agent[1]: ',
  'agent-1  | ',
  '0|a | ',
  'level=',
  'a=b ',
  'Traceback ',
  'ValueError: ',
  "thread '",
  '<12>',
  'é',
  '🔥',
  '\ufeff',
  '\u2028',
  '\\u006c',
  'PHP ',
  'npm ',
];
const line = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(''))),
  fc.constantFrom(...readRows(new URL('cases.tsv', import.meta.url)).map((row) => row.line)),
);

describe('levelOf', () => {
  it('gives a level or nothing for any bytes', () => {
    fc.assert(
      fc.property(line, (bytes) => {
        expect(['none', ...LEVELS]).toContain(levelOfLine(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('depends on the bytes of the line alone, wherever they are', () => {
    fc.assert(
      fc.property(line, line, line, (before, bytes, after) => {
        const buffer = Buffer.concat([before, bytes, after]);
        const end = before.length + bytes.length;

        expect(levelOf(buffer, before.length, end) ?? 'none').toBe(levelOfLine(bytes));
        expect(levelOf(new Uint8Array(buffer), before.length, end) ?? 'none').toBe(levelOfLine(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not look at what follows the beginning of a plain line', () => {
    const plain = fc.constantFrom('ERROR x', 'x', '2026-01-15 10:30:00 - INFO - x', 'panic: x', 'the');
    fc.assert(
      fc.property(plain, line, (beginning, rest) => {
        const long = Buffer.from(`${beginning} ${'a '.repeat(300)}`);

        expect(levelOfLine(Buffer.concat([long, rest]))).toBe(levelOfLine(long));
      }),
    );
  });

  it('is not changed by colours around the words of a plain line', () => {
    const words = fc.array(
      fc.constantFrom('ERROR', 'info:', '2026-01-15', '10:30:00', '-', 'livekit', '[warn]', 'x'),
    );
    fc.assert(
      fc.property(words, (parts) => {
        const coloured = parts.map((part) => `\u001b[1;31m${part}\u001b[0m`).join(' ');

        expect(levelOfLine(coloured)).toBe(levelOfLine(parts.join(' ')));
      }),
    );
  });
});

const otherKey = fc
  .string({ maxLength: 20 })
  .filter(
    (key) =>
      !/^(?:.*level.*|severity.*|lvl|@l|log|record|status|priority|message|channel|short_message)$/i.test(
        key,
      ),
  );
const object = fc.tuple(
  fc.array(fc.tuple(otherKey, fc.jsonValue())),
  fc.array(fc.tuple(otherKey, fc.jsonValue())),
);
const given = fc.constantFrom(
  ['level', 'ERROR', 'error'],
  ['level', 50, 'error'],
  ['severity', 'warning', 'warn'],
  ['@l', 'Debug', 'debug'],
  ['severityNumber', 9, 'info'],
  ['log', { level: 'error' }, 'error'],
  ['level', 'custom', 'none'],
);

function json(members: readonly (readonly [string, unknown])[], space: string): string {
  const texts = members.map(([key, value]) => `${JSON.stringify(key)}:${space}${JSON.stringify(value)}`);
  return `{${texts.join(`,${space}`)}}`;
}

/** Every character as its escape. */
function escaped(text: string): string {
  return Array.from(text, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join(
    '',
  );
}

describe('the level of a JSON object', () => {
  it('is that of its level key, whatever stands around it', () => {
    fc.assert(
      fc.property(
        object,
        given,
        fc.constantFrom('', ' ', '  ', '\t'),
        ([before, after], [key, value, level], space) => {
          const text = json([...before, [key, value], ...after], space);

          expect(levelOfLine(text)).toBe(level);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is not changed when keys and values are written with escapes', () => {
    fc.assert(
      fc.property(object, ([before, after]) => {
        const text = `{${json(before, '').slice(1, -1)}${before.length > 0 ? ',' : ''}"${escaped('level')}":"${escaped('error')}"}`;

        expect(levelOfLine(text)).toBe('error');
        expect(levelOfLine(json(after, ''))).toBe('none');
      }),
    );
  });

  it('is known as soon as the value of its only level key is whole, and not before', () => {
    fc.assert(
      fc.property(object, fc.nat(), ([before, after], cut) => {
        const text = json([...before, ['level', 'error'], ...after], ' ');
        const known = json([...before, ['level', 'error']], ' ').length - 1;
        const torn = text.slice(0, cut % (text.length + 1));

        expect(levelOfLine(torn)).toBe(torn.length >= known ? 'error' : 'none');
      }),
      { numRuns: 1000 },
    );
  });

  it('is found behind values of any depth', () => {
    const depth = 200_000;

    expect(levelOfLine(`{"a":${'['.repeat(depth)}${']'.repeat(depth)},"level":"error"}`)).toBe('error');
    expect(levelOfLine(`{"a":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)},"level":"error"}`)).toBe('error');
    expect(levelOfLine('{"log":'.repeat(depth))).toBe('none');
    expect(levelOfLine('{"record":{"level":'.repeat(depth))).toBe('none');
  });
});
