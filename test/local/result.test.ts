import { describe, expect, it } from 'vitest';
import { type Ends, endingOf, settle } from '../../local/ending.ts';
import type { TwinDrain } from '../../local/local-stack.ts';
import {
  type DestinationResult,
  isLossless,
  type LocalResult,
  resultOf,
  tableOf,
} from '../../local/result.ts';
import type { TallyResult } from '../../local/tally/tally.ts';

const ENDED = { dropped: 0, unsent: 0, exitCode: 0, signal: null };

function drain(id: 'datadog' | 'syslog', sums: Readonly<Record<string, number>> = {}): TwinDrain {
  const metrics = { metric: (name: string) => ({ sum: sums[name] ?? 0 }) };
  return { id, metrics } as unknown as TwinDrain;
}

function tally(lost: number): TallyResult {
  const seen = {
    delivered: 10 - lost,
    lost,
    duplicates: 0,
    disorder: { stdout: 0, stderr: 0 },
    latency_ms: { p50: 5, p99: 9 },
  };
  return { lines: { stdout: 8, stderr: 0, events: 2 }, destinations: { datadog: seen } };
}

function datadog(lost: number, ends: Partial<Ends>): DestinationResult | undefined {
  const ending = endingOf({ shipper: ENDED, unsettled: new Set(), isStopped: false, ...ends });
  return resultOf([drain('datadog')], tally(lost), ending).destinations.datadog;
}

describe('lines that are missing at the end', () => {
  it.each<[string, Partial<Ends>, object]>([
    ['are lost where all was waited for', {}, { lost: 4 }],
    [
      'are lost though a mapping has not settled them, without a stop',
      { unsettled: new Set(['datadog']) },
      { lost: 4 },
    ],
    ['are lost after a stop, where all that was put is settled', { isStopped: true }, { lost: 4 }],
    [
      'are on their way after a stop, where the mapping has not settled all',
      { isStopped: true, unsettled: new Set(['datadog']) },
      { lost: 0, on_the_way: 4 },
    ],
    [
      'are on their way after a stop, where the shipper was ended by force',
      { isStopped: true, shipper: 'was-cut-off' },
      { lost: 0, on_the_way: 4 },
    ],
    [
      'are on their way after a stop, where the shipper still had some',
      { isStopped: true, shipper: { ...ENDED, unsent: 3 } },
      { lost: 0, on_the_way: 4 },
    ],
    [
      'are lost as far as the shipper has dropped them',
      { isStopped: true, unsettled: new Set(['datadog']), shipper: { ...ENDED, dropped: 1 } },
      { lost: 1, on_the_way: 3 },
    ],
  ])('%s', (_, ends, expected) => {
    const { lost, on_the_way: open } = datadog(4, ends) ?? {};

    expect(open === undefined ? { lost } : { lost, on_the_way: open }).toEqual(expected);
  });

  it('have no member of their own where there are none', () => {
    const ends = { isStopped: true, unsettled: new Set(['datadog'] as const) };

    expect(Object.keys(datadog(0, ends) ?? {})).not.toContain('on_the_way');
  });

  it('of a real service are what its function has not accounted for', () => {
    const ending = endingOf({ shipper: ENDED, unsettled: new Set(['syslog']), isStopped: true });
    const sums = { LinesReceived: 6, LinesDelivered: 5, LinesParked: 1 };
    const { destinations } = resultOf([drain('syslog', sums)], tally(0), ending);

    expect(destinations.syslog).toMatchObject({ delivered: 5, parked: 1, lost: 0, on_the_way: 4 });
  });
});

describe('lines of a real service', () => {
  it.each([
    [
      'are lost where the function has got them and says no more of them',
      { LinesReceived: 10, LinesDelivered: 7 },
      3,
    ],
    ['are not lost where the function got them twice', { LinesReceived: 20, LinesDelivered: 10 }, 0],
    ['are not lost where long ones were split', { LinesReceived: 14, LinesDelivered: 14 }, 0],
  ])('%s', (_, sums, lost) => {
    const ending = endingOf({ shipper: ENDED, unsettled: new Set(), isStopped: false });

    expect(resultOf([drain('syslog', sums)], tally(0), ending).destinations.syslog).toMatchObject({ lost });
  });
});

describe('what is waited for', () => {
  it('is all of it, or what is settled when nobody waits any more', async () => {
    const never = new Promise<boolean>(() => undefined);
    const drains = [
      { id: 'datadog', mapping: { drained: () => Promise.resolve(true) } },
      { id: 'sentry', mapping: { drained: () => Promise.resolve(false) } },
      { id: 'syslog', mapping: { drained: () => never } },
    ] as unknown as readonly TwinDrain[];

    expect(await settle(drains.slice(0, 1), never)).toEqual(new Set());
    expect(await settle(drains, new Promise(setImmediate))).toEqual(new Set(['sentry', 'syslog']));
  });
});

describe('the table of the result', () => {
  const latency_ms = { p50: 12.4, p99: null };
  const one = { received: 9, delivered: 9, parked: 0, duplicates: 0, lost: 0, latency_ms };
  const lines = { stdout: 7, stderr: 1, events: 2 };
  const result: LocalResult = { lines, destinations: { datadog: one, cloudwatch: { ...one, lost: 2 } } };
  const stopped: LocalResult = { lines, destinations: { datadog: { ...one, on_the_way: 3 }, syslog: one } };
  const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));

  it('has a row for each destination', () => {
    expect(tableOf(result).split('\n')).toEqual([
      'destination  received  delivered  parked  duplicates  lost  p50 ms  p99 ms',
      'datadog             9          9       0           0     0      12       -',
      'cloudwatch          9          9       0           0     2      12       -',
      '',
      'written: 7 lines on stdout, 1 on stderr; events of the shipper: 2',
      '',
    ]);
    expect(isLossless(result)).toBe(false);
    expect(isLossless(stopped)).toBe(true);
  });

  it('names what is on its way', () => {
    expect(tableOf(stopped).split('\n')[1]).toMatch(/^datadog .* 3$/);
    expect(tableOf(result)).not.toContain('on the way');
  });

  it.each([
    [80, result],
    [80, stopped],
    [40, result],
    [40, stopped],
  ])('fits into %i columns', (columns, shown) => {
    const table = tableOf(shown, columns);

    expect(widest(table)).toBeLessThanOrEqual(columns);
    expect(table).toMatch(/^destination .*delivered .*lost/);
  });
});
