import { describe, expect, it } from 'vitest';
import { DELIVERED, outcome } from '../../shared/destination/outcome.ts';
import {
  createHarness,
  type Harness,
  type HarnessOptions,
  kinesisRecord,
  type Sent,
  T0,
} from '../helpers/engine-harness.ts';

const NOTHING = { batchItemFailures: [] };
const BAD_REQUEST = outcome({ fate: 'split', reason: 'bad-request' }, '400 what?');
const TOO_LARGE = outcome({ fate: 'split', reason: 'too-large', tooMuch: true });
const LIMITS = { limits: { maxEvents: 1_000, maxBytes: 1_000_000, maxEventBytes: 10_000 } };

const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `line ${String(from + i).padStart(6, '0')}`);

const bytesOf = ({ texts }: Sent): number => texts.reduce((sum, text) => sum + text.length + 3, 0);

/** A service, and the lines that it took. */
function setup(takes: (sent: Sent) => boolean, options: Partial<HarnessOptions> & { ms?: number } = {}) {
  const taken: string[] = [];
  const harness: Harness = createHarness({
    manifest: LIMITS,
    service: async (sent) => {
      if (options.ms !== undefined) await harness.clock.sleep(options.ms);
      if (!takes(sent)) return BAD_REQUEST;
      taken.push(...sent.texts);
      return DELIVERED;
    },
    ...options,
  });
  return { harness, taken };
}

const without = (bad: ReadonlySet<string>) => (sent: Sent) => !sent.texts.some((text) => bad.has(text));

/** Numbers of lines in the bucket, by what they are there as. */
function aside({ objects }: Harness): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [key, body] of objects) {
    const kind = key.split('/')[0] ?? '';
    counts[kind] = (counts[kind] ?? 0) + (JSON.parse(body) as { lines: number }).lines;
  }
  return counts;
}

describe('lines that a service refuses without naming them', () => {
  for (const count of [1, 2, 10]) {
    it(`are found, ${count} of 1,000, and rejected alone`, async () => {
      const lines = numbered(1_000);
      const bad = new Set(Array.from({ length: count }, (_, i) => lines[61 + i * 97] ?? ''));
      const { harness, taken } = setup(without(bad));

      const report = await harness.deliver([kinesisRecord({ lines })]);

      expect(report).toEqual(NOTHING);
      expect(taken).toEqual(lines.filter((line) => !bad.has(line)));
      expect(aside(harness)).toEqual({ rejected: count });
      expect(harness.sent.length).toBeLessThanOrEqual(1 + count * 2 * Math.ceil(Math.log2(1_000)));
    });
  }

  it('cost their agent 5 s of an invocation, and are found by those that follow', async () => {
    const lines = numbered(1_000);
    const bad = new Set(Array.from({ length: 10 }, (_, i) => lines[61 + i * 97] ?? ''));
    const { harness, taken } = setup(without(bad), { ms: 200, isolationLimitMs: 900_000 });
    const records = [kinesisRecord({ lines })];

    const report = await harness.deliver(records);
    const firstMs = harness.clock.now() - T0;
    for (let i = 0; i < 10; i += 1) await harness.deliver(records);

    expect(report.batchItemFailures).toHaveLength(1);
    expect(firstMs).toBeLessThan(6_000);
    expect(taken).toEqual(lines.filter((line) => !bad.has(line)));
    expect(aside(harness)).toEqual({ rejected: 10 });
  });

  it('are parked with what is not yet found where others would wait, and found in a redrive', async () => {
    const lines = numbered(1_000);
    const bad = new Set(Array.from({ length: 10 }, (_, i) => lines[61 + i * 97] ?? ''));
    const { harness, taken } = setup(without(bad), { ms: 200 });
    const batch = (at: number) => [
      kinesisRecord({ lines, arrivalMs: T0 }),
      kinesisRecord({ agent: 'CA_b', seq: at, lines: [`other ${at}`] }),
    ];
    const records = batch(0);

    while ((await harness.deliver(records)).batchItemFailures.length > 0);
    const endedMs = harness.clock.now() - T0;
    const parked = [...harness.objects].find(([key]) => key.startsWith('parked/'))?.[1] ?? '';
    const redriven = await harness.deliver(JSON.parse(parked).Records, { redrive: true });

    expect(endedMs).toBeLessThan(20_000);
    expect(redriven).toEqual(NOTHING);
    expect(taken.filter((text) => text.startsWith('line')).sort()).toEqual(
      lines.filter((line) => !bad.has(line)),
    );
    expect(taken.filter((text) => text.startsWith('other'))).toEqual(['other 0']);
    expect(aside(harness)['rejected']).toBe(10);
  });

  it('are not rejected unseen when the invocation ends', async () => {
    const lines = numbered(1_000);
    const bad = new Set(Array.from({ length: 10 }, (_, i) => lines[61 + i * 97] ?? ''));
    const { harness, taken } = setup(without(bad), { ms: 200 });
    const records = [kinesisRecord({ lines })];

    for (let i = 0; i < 40; i += 1) {
      const options = { redrive: true, remainingMs: 6_000 };
      if ((await harness.deliver(records, options)).batchItemFailures.length === 0) break;
    }

    expect(taken).toEqual(lines.filter((line) => !bad.has(line)));
    expect(aside(harness)).toEqual({ rejected: 10 });
  });

  it('are rejected in a redrive, a hundred at a time, however many follow each other', async () => {
    const lines = numbered(1_000);
    const bad = new Set(lines.slice(300, 550));
    const { harness, taken } = setup(without(bad));
    const records = [kinesisRecord({ lines })];

    let events = 0;
    for (; events < 10; events += 1)
      if ((await harness.deliver(records, { redrive: true })).batchItemFailures.length === 0) break;

    expect(events).toBe(2);
    expect(taken).toEqual(lines.filter((line) => !bad.has(line)));
    expect(aside(harness)).toEqual({ rejected: 250 });
  });
});

describe('a service that refuses everything', () => {
  it('is taken for one with a wrong setting: nothing is rejected, and others get their lines', async () => {
    let mended = false;
    const { harness, taken } = setup(({ agentId }) => mended || agentId === 'CA_b', {
      secret: (name) => ({ kind: 'found', text: JSON.stringify({ TOKEN: name }) }),
    });
    const batch = (at: number) => [
      kinesisRecord({ seq: at * 2_000, lines: numbered(2_000, at * 2_000) }),
      kinesisRecord({ agent: 'CA_b', seq: at, lines: [`other ${at}`] }),
    ];

    const first = await harness.deliver(batch(0));
    const requests = harness.sent.filter(({ agentId }) => agentId === 'CA_a').length;
    const second = await harness.deliver(batch(1));
    const requestsLater = harness.sent.filter(({ agentId }) => agentId === 'CA_a').length - requests;
    const parked = aside(harness);
    mended = true;
    const third = await harness.deliver(batch(2));

    expect([first, second, third]).toEqual([NOTHING, NOTHING, NOTHING]);
    expect(parked).toEqual({ parked: 4_000 });
    expect(harness.counts.get('LinesMisconfigured')).toBe(2_000);
    // Down to the first line, and each of the ten.
    expect(requests).toBeLessThan(40);
    expect(requestsLater).toBe(2);
    expect(taken.filter((text) => text.startsWith('other'))).toHaveLength(3);
    expect(taken.filter((text) => text.startsWith('line'))).toEqual(numbered(2_000, 4_000));
  });

  it('is asked again with the settings read afresh', async () => {
    let token = 'wrong';
    const { harness, taken } = setup(({ settings }) => settings.token === 'right', {
      secret: (name) =>
        name.includes('CA_a')
          ? { kind: 'found', text: JSON.stringify({ TOKEN: token }) }
          : { kind: 'absent' },
    });
    await harness.deliver([kinesisRecord({ lines: ['first'] })]);
    token = 'right';
    const records = [kinesisRecord({ seq: 1, lines: numbered(100) })];

    await harness.deliver(records);
    const report = await harness.deliver(records);

    expect(report).toEqual(NOTHING);
    expect(taken.toSorted()).toEqual(numbered(100));
    expect(aside(harness)).toEqual({ rejected: 1 });
  });

  it('is left alone in a redrive too, its lines kept', async () => {
    const { harness } = setup(() => false);
    const record = kinesisRecord({ lines: numbered(1_000) });

    const report = await harness.deliver([record], { redrive: true });

    expect(report.batchItemFailures).toEqual([{ itemIdentifier: record.kinesis.sequenceNumber }]);
    expect(harness.objects.size).toBe(0);
    expect(harness.sent.length).toBeLessThan(40);
  });
});

describe('a gateway that takes only small requests', () => {
  for (const part of [12, 24]) {
    it(`gets all lines where it takes a ${part}th, and is sent small requests from then on`, async () => {
      const lines = numbered(1_000);
      const most = bytesOf({ texts: lines } as unknown as Sent) / part;
      const taken: string[] = [];
      const harness = createHarness({
        manifest: LIMITS,
        service: (sent) => {
          if (bytesOf(sent) > most) return TOO_LARGE;
          taken.push(...sent.texts);
          return DELIVERED;
        },
      });

      const report = await harness.deliver([kinesisRecord({ lines })]);
      const refused = harness.sent.filter((sent) => bytesOf(sent) > most).length;
      const before = harness.sent.length;
      await harness.deliver([kinesisRecord({ seq: 1_000, lines: numbered(1_000, 1_000) })]);
      const requests = harness.sent.length - before;
      harness.clock.advance(11 * 60_000);
      await harness.deliver([kinesisRecord({ seq: 2_000, lines: numbered(1_000, 2_000) })]);

      expect(report).toEqual(NOTHING);
      expect(refused).toBeLessThanOrEqual(Math.ceil(Math.log2(part)));
      expect(requests).toBeLessThanOrEqual(2 * part + 1);
      expect(taken.toSorted()).toEqual(numbered(3_000));
      expect(harness.objects.size).toBe(0);
      // One that was twice as large, after ten minutes.
      expect(harness.sent.filter((sent) => bytesOf(sent) > most)).toHaveLength(refused + 1);
    });
  }

  it('refuses a line that is too large by itself, and gets the others', async () => {
    const taken: string[] = [];
    const harness = createHarness({
      manifest: LIMITS,
      service: (sent) => {
        if (bytesOf(sent) > 500) return TOO_LARGE;
        taken.push(...sent.texts);
        return DELIVERED;
      },
    });
    const long = 'x'.repeat(600);
    const lines = [...numbered(100), long, ...numbered(100, 100)];

    const report = await harness.deliver([kinesisRecord({ lines })]);

    expect(report).toEqual(NOTHING);
    expect(taken).toEqual(numbered(200));
    expect(aside(harness)).toEqual({ rejected: 1 });
  });
});

describe('lines that a service names one by one', () => {
  it('cost their agent 5 s of an invocation too', async () => {
    const lines = numbered(1_000);
    const harness: Harness = createHarness({
      manifest: LIMITS,
      service: async ({ texts }) => {
        await harness.clock.sleep(100);
        return {
          accepted: [],
          rejected: [{ from: 0, to: 1, reason: 'invalid-event' }],
          rest: texts.length === 1 ? { fate: 'delivered' } : { fate: 'retry', reason: 'behind', afterMs: 0 },
        };
      },
    });

    const report = await harness.deliver([kinesisRecord({ lines })]);

    expect(report.batchItemFailures).toHaveLength(1);
    expect(harness.clock.now() - T0).toBeLessThan(6_000);
    expect(harness.counts.get('LinesRejected')).toBe(harness.sent.length);
  });
});
