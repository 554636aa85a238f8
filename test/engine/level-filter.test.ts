import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELIVERED } from '../../shared/destination/outcome.ts';
import { LEVELS } from '../../shared/level/words/levels.ts';
import { FLAG_UNTERMINATED } from '../../shared/record/format.ts';
import { createHarness, type Harness, kinesisRecord, rawRecord, T0 } from '../helpers/engine-harness.ts';

function harnessOf(level: string): Harness {
  return createHarness({
    manifest: { limits: { maxEvents: 10_000, maxBytes: 10_000_000, maxEventBytes: 100_000 } },
    secret: () => ({ kind: 'found', text: JSON.stringify({ TOKEN: 't0ken-value', LEVEL: level }) }),
    service: () => DELIVERED,
  });
}

/** What of these lines, in so many records, is sent to an agent that wants this level. */
async function sentOf(level: string, ...records: readonly (readonly string[])[]): Promise<readonly string[]> {
  const harness = harnessOf(level);
  let seq = 0;
  const Records = records.map((lines) => {
    const record = kinesisRecord({ lines, seq });
    seq += lines.length;
    return record;
  });
  expect(await harness.deliver(Records)).toEqual({ batchItemFailures: [] });
  return harness.sent.flatMap(({ texts }) => texts);
}

/** What test/fixtures/shipper/crash.py prints. */
const STARTING = '2026-01-15 10:30:00,123 - INFO agent - starting';
const FIRST_CRASH = [
  '2026-01-15 10:30:00,124 - ERROR agent - could not join',
  'Traceback (most recent call last):',
  '  File "/app/crash.py", line 8, in <module>',
  "    connect('r1')",
  '  File "/app/crash.py", line 6, in connect',
  "    raise ConnectionError('no room ' + room)",
  'ConnectionError: no room r1',
];
const SECOND_CRASH = [
  'Traceback (most recent call last):',
  '  File "/app/crash.py", line 11, in <module>',
  "    connect('r2')",
  '  File "/app/crash.py", line 6, in connect',
  "    raise ConnectionError('no room ' + room)",
  'ConnectionError: no room r2',
];

describe('a least level', () => {
  it('leaves out what is below it, and no line of a traceback', async () => {
    expect(await sentOf('error', [STARTING, ...FIRST_CRASH, ...SECOND_CRASH])).toEqual([
      ...FIRST_CRASH,
      ...SECOND_CRASH,
    ]);
  });

  it('leaves out no line of a traceback that comes in several records of a batch', async () => {
    const lines = [STARTING, ...FIRST_CRASH, ...SECOND_CRASH];
    const records = lines.map((line) => [line]);

    expect(await sentOf('error', ...records)).toEqual(lines.slice(1));
  });

  it('leaves out no crash for the line of a logger that it stands below', async () => {
    expect(await sentOf('error', [STARTING, ...SECOND_CRASH])).toEqual([STARTING, ...SECOND_CRASH]);
    expect(await sentOf('fatal', [STARTING, ...SECOND_CRASH])).toEqual([]);
  });

  it('leaves out the lines below a record with it', async () => {
    const lines = [
      '10:30:00 INFO agent: state',
      '    room: r1',
      '    tracks: 2',
      '10:30:01 ERROR agent: failed',
    ];

    expect(await sentOf('error', lines)).toEqual(lines.slice(3));
  });

  it('leaves out no line that has none', async () => {
    const lines = ['loading the model', '  48 %', '', 'ready'];

    expect(await sentOf('panic', lines)).toEqual(lines);
  });

  it.each([
    [50, 1],
    ['SEVERE', 1],
    ['E', 1],
    [{ name: 'ERROR' }, 1],
    [40, 0],
    ['WARNING', 0],
    ['I', 0],
  ])('takes the level %j of another producer', async (level, count) => {
    const harness = harnessOf('error');

    await harness.deliver([
      rawRecord(Buffer.from(JSON.stringify({ agent_id: 'CA_a', level, message: 'm' }))),
    ]);

    expect(harness.sent.flatMap(({ texts }) => texts)).toHaveLength(count);
    expect(harness.counts.get('LinesSkipped') ?? 0).toBe(1 - count);
  });

  it('leaves out a line in parts with its first part, also over records', async () => {
    const harness = harnessOf('error');
    const record = (seq: number, texts: readonly string[], isOpen: boolean) => {
      const body = texts.map((text) => `${text}\n`).join('');
      const run = [0, T0, texts.length, Buffer.byteLength(body), isOpen ? FLAG_UNTERMINATED : 0];
      const header = { log_drain: 1, agent_id: 'CA_a', worker_id: 'w', boot: 'b', seq, runs: [run] };
      return rawRecord(Buffer.from(`${JSON.stringify(header)}\n${body}`));
    };

    await harness.deliver([
      record(0, ['ERROR: one', 'INFO: two begins'], true),
      record(2, ['and goes on', 'ERROR: three begins'], true),
      record(4, ['and ends', 'INFO: four'], false),
    ]);

    expect(harness.sent.flatMap(({ texts }) => texts)).toEqual([
      'ERROR: one',
      'ERROR: three begins',
      'and ends',
    ]);
  });

  it('is told of in the function’s log, by agent', async () => {
    const harness = harnessOf('error');

    await harness.deliver([kinesisRecord({ lines: [STARTING, 'ERROR: x', STARTING] })]);

    expect(harness.logs.filter(({ event }) => event === 'lines_skipped')).toEqual([
      { event: 'lines_skipped', fields: { agent: 'CA_a', reason: 'below-min-level', lines: 2 } },
    ]);
  });

  it('leaves out all of a group or nothing, and nothing that is not below it', async () => {
    const corpus: readonly {
      readonly lines: readonly string[];
      readonly events: readonly { from: number; to: number; level: string }[];
    }[] = readFileSync(new URL('../fixtures/corpus/multiline.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const rank = (level: string): number => LEVELS.findIndex((one) => one === level);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...corpus), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('fatal', 'error', 'warn', 'info'),
        fc.integer({ min: 1, max: 20 }),
        async (cases, level, size) => {
          const parted = cases.flatMap(({ lines }) => [
            '',
            'between',
            ...lines.map((line) => line.replaceAll('\n', ' ')),
            '',
            'between',
          ]);
          const batch = Array.from({ length: Math.ceil(parted.length / size) }, (_, at) =>
            parted.slice(at * size, (at + 1) * size),
          );
          const sent = [...(await sentOf(level, ...batch))];
          for (const { lines, events } of cases)
            for (const { from, to, level: found } of events) {
              if (rank(found) > rank(level)) continue;
              for (const line of lines.slice(from, to + 1)) expect(sent).toContain(line);
            }
        },
      ),
      { numRuns: 30 },
    );
  });
});
