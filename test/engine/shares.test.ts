import { describe, expect, it } from 'vitest';
import { createShares } from '../../engine/send/shares.ts';
import { DELIVERED } from '../../shared/destination/outcome.ts';
import { createHarness, type Harness, kinesisRecord } from '../helpers/engine-harness.ts';

const NOTHING = { batchItemFailures: [] };
const REQUEST_MS = 100;

/** A service that takes ten lines in 100 ms, eight requests at a time. */
function harnessOf(): Harness {
  const harness: Harness = createHarness({
    service: async () => {
      await harness.clock.sleep(REQUEST_MS);
      return DELIVERED;
    },
  });
  return harness;
}

const linesOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}`);
const record = (agent: string, count: number, seq = 0) =>
  kinesisRecord({ agent, worker: `${agent}-w`, seq, lines: linesOf(count) });

function sentTo(harness: Harness, agent: string): string[] {
  return harness.sent.filter(({ agentId }) => agentId === agent).flatMap(({ texts }) => texts);
}

describe('an agent with more than others can wait for', () => {
  it('has the rest parked, and nothing of it is lost or sent twice', async () => {
    const harness = harnessOf();

    const report = await harness.deliver([record('CA_small', 3), record('CA_hog', 5_000)]);

    const parked = [...harness.objects].filter(([key]) => key.startsWith('parked/datadog/CA_hog/'));
    const inBucket = parked.flatMap(([, body]) => Object.values(JSON.parse(body) as object)).length;
    expect(report).toEqual(NOTHING);
    expect(inBucket).toBeGreaterThan(0);
    expect(sentTo(harness, 'CA_small')).toHaveLength(3);
    const sent = sentTo(harness, 'CA_hog');
    expect(sent).toEqual(linesOf(sent.length));
    expect(harness.counts.get('LinesParked')).toBe(5_000 - sent.length);
    expect(
      harness.logs.filter(({ event }) => event === 'lines_parked').map(({ fields }) => fields['reason']),
    ).toContain('over-share');
  });

  it('holds up those behind it no longer than 2 s', async () => {
    const harness = harnessOf();
    const startedMs = harness.clock.now();

    await harness.deliver([record('CA_small', 3), record('CA_hog', 50_000)]);

    expect(harness.clock.now() - startedMs).toBeLessThan(2_000);
  });

  it('is served as before in the next invocation: nothing is wrong with it', async () => {
    const harness = harnessOf();
    await harness.deliver([record('CA_small', 3), record('CA_hog', 5_000)]);
    const before = sentTo(harness, 'CA_hog').length;

    expect(await harness.deliver([record('CA_hog', 200, 5_000)])).toEqual(NOTHING);

    expect(sentTo(harness, 'CA_hog')).toHaveLength(before + 200);
  });

  it('is served to its end where no other agent has written for a minute', async () => {
    const harness = harnessOf();
    await harness.deliver([record('CA_small', 3)]);
    harness.clock.advance(60_000);

    expect(await harness.deliver([record('CA_hog', 5_000)])).toEqual(NOTHING);

    expect(sentTo(harness, 'CA_hog')).toHaveLength(5_000);
    expect(harness.objects.size).toBe(0);
  });

  it('is stopped for those behind it also where it is alone in its batch', async () => {
    const harness = harnessOf();
    await harness.deliver([record('CA_small', 3)]);

    await harness.deliver([record('CA_hog', 5_000)]);

    expect(sentTo(harness, 'CA_hog').length).toBeLessThan(5_000);
  });

  it('is served to its end in a redrive, where nobody waits behind it', async () => {
    const harness = harnessOf();
    await harness.deliver([record('CA_small', 3)]);

    expect(await harness.deliver([record('CA_hog', 5_000)], { redrive: true })).toEqual(NOTHING);

    expect(sentTo(harness, 'CA_hog')).toHaveLength(5_000);
  });
});

describe('a share of an invocation', () => {
  /** Whose share is spent, after so many requests of each and so long. */
  function spentOf(requests: Readonly<Record<string, number>>, afterMs = 1_001): string[] {
    let nowMs = 0;
    const shares = createShares({ now: () => nowMs });
    for (const [agent, count] of Object.entries(requests))
      for (let at = 0; at < count; at += 1) shares.count(agent);
    nowMs = afterMs;
    return Object.keys(requests).filter((agent) => shares.isSpent(agent));
  }
  const many = (count: number, requests: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`CA_${at}`, requests]));

  it.each([
    ['one that is alone', { hog: 100 }, ['hog']],
    ['one beside a small one', { hog: 100, small: 1 }, ['hog']],
    ['two beside a small one', { hog: 100, other: 90, small: 1 }, ['hog', 'other']],
    ['one among a thousand', { ...many(1_000, 2), hog: 100 }, ['hog']],
    ['nobody’s where all have much', many(1_000, 100), []],
    ['nobody’s where none has much', { a: 15, b: 1 }, []],
    ['nobody’s where one has four times as much', { a: 80, b: 20 }, []],
  ])('is spent: %s', (_, requests, spent) => {
    expect(spentOf(requests)).toEqual(spent);
  });

  it('is nobody’s for the first second', () => {
    expect(spentOf({ hog: 1_000, small: 1 }, 1_000)).toEqual([]);
  });
});
