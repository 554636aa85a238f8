import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGrouper, type GroupedLines } from '../../shared/grouping/grouper.ts';
import { levelOfGroup } from '../../shared/grouping/level-of-group.ts';
import { lookAt } from '../../shared/grouping/line-look.ts';

interface Case {
  readonly name: string;
  readonly lines: readonly string[];
  readonly events: readonly { readonly from: number; readonly to: number; readonly level: string }[];
}

const CASES: readonly Case[] = readFileSync(
  new URL('../fixtures/corpus/multiline.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** The groups of lines that were written `gapMs` apart. */
function groupsOf(
  lines: readonly string[],
  gapMs = 0,
): readonly (GroupedLines & { readonly from: number })[] {
  const groups: (GroupedLines & { from: number })[] = [];
  let from = 0;
  const grouper = createGrouper((group) => {
    groups.push({ ...group, from });
    from += group.lines;
  });
  for (const [at, line] of lines.entries()) {
    const bytes = Buffer.from(line);
    grouper.push({ look: lookAt(bytes, 0, bytes.length), bytes: bytes.length, timeMs: at * gapMs });
  }
  grouper.end();
  return groups;
}

describe('lines that belong together', () => {
  it.each(CASES.map((one) => [one.name, one] as const))(
    'are those of the corpus: %s',
    (_, { lines, events }) => {
      const found = groupsOf(lines).map((group) => ({
        from: group.from,
        to: group.from + group.lines - 1,
        level:
          levelOfGroup(
            lines.slice(group.from, group.from + group.lines).map((line) => Buffer.from(line)),
            group,
          ) ?? 'none',
      }));

      expect(found).toEqual(events.map(({ from, to, level }) => ({ from, to, level })));
    },
  );

  it('are as many as were pushed, whatever they say', () => {
    const known = CASES.flatMap(({ lines }) => lines);
    const line = fc.oneof(fc.constantFrom(...known), fc.string(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.integer({ min: 0, max: 400 }), (lines, gapMs) => {
        const sum = groupsOf(lines, gapMs).reduce((count, group) => count + group.lines, 0);
        expect(sum).toBe(lines.length);
      }),
    );
  });

  const TRACEBACK = [
    'Traceback (most recent call last):',
    '  File "/app/a.py", line 1, in f',
    'ValueError: x',
  ];

  it('were written together', () => {
    expect(groupsOf(TRACEBACK, 300)).toHaveLength(1);
    expect(groupsOf(TRACEBACK, 301)).toHaveLength(3);
  });

  it('are at most 500, of 256 KiB, in a second', () => {
    const frames = (count: number, text = ''): string[] =>
      Array.from({ length: count }, () => `  File ${text}`);

    expect(
      groupsOf(['Traceback (most recent call last):', ...frames(600)]).map(({ lines }) => lines),
    ).toEqual([500, 101]);
    expect(
      groupsOf(['Traceback (most recent call last):', ...frames(11)], 100).map(({ lines }) => lines),
    ).toEqual([11, 1]);
    const long = groupsOf(['Traceback (most recent call last):', ...frames(10, 'x'.repeat(60 * 1024))]);
    expect(long.map(({ lines }) => lines)).toEqual([5, 4, 2]);
  });

  it('are told in time that does not grow with what they say', () => {
    const hostile = [
      'a.'.repeat(2_000),
      'A'.repeat(4_000),
      ' '.repeat(4_000),
      `${'x:1:in '.repeat(500)}(`,
      '{'.repeat(4_000),
      "f'".repeat(2_000),
    ];
    for (const line of hostile) {
      const lines = Array.from({ length: 200 }, () => line);
      expect(groupsOf(lines).reduce((sum, group) => sum + group.lines, 0)).toBe(200);
    }
  });
});
