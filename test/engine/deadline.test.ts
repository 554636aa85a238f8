import { describe, expect, it } from 'vitest';
import { DELIVERED, outcome } from '../../shared/destination/outcome.ts';
import {
  createHarness,
  type HarnessOptions,
  kinesisRecord,
  type Service,
  T0,
} from '../helpers/engine-harness.ts';

const REFUSED: Service = () => outcome({ fate: 'misconfigured', reason: 'forbidden' });
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** What a function has to answer in, at the least. */
const ANSWER_MS = 1_500;

const ofAgents = (count: number) =>
  Array.from({ length: count }, (_, at) => kinesisRecord({ agent: `CA_${at}`, lines: ['a'] }));

/** How long an invocation of so many agents takes, and what it reports. */
async function invoke(count: number, options: HarnessOptions, remainingMs = 60_000) {
  const harness = createHarness(options);
  const records = ofAgents(count);
  const report = await harness.deliver(records, { remainingMs });
  const [failure] = report.batchItemFailures;
  const from = records.findIndex(({ kinesis }) => kinesis.sequenceNumber === failure?.itemIdentifier);
  return { harness, tookMs: harness.clock.now() - T0, from };
}

describe('an invocation answers in time', () => {
  for (const count of [480, 500, 2_000]) {
    it(`while the store is silent, with ${count} refused agents`, async () => {
      let puts = 0;
      const canPark = (): Promise<boolean> => {
        puts += 1;
        return never();
      };

      const { harness, tookMs, from } = await invoke(count, { service: REFUSED, canPark });

      // One wait for the first of each wave; the others' lines wait in the stream.
      const waves = Math.ceil(count / 1_500);
      expect(tookMs).toBeLessThanOrEqual(waves * 5_000);
      expect(puts).toBe(waves * 32);
      expect(from).toBe(0);
      expect(harness.counts.get('LinesParked')).toBeUndefined();
    });

    it(`while the store takes 3 s for each object, with ${count} refused agents`, async () => {
      const harness = createHarness({
        service: REFUSED,
        canPark: async () => {
          await harness.clock.sleep(3_000);
          return true;
        },
      });
      const records = ofAgents(count);

      const report = await harness.deliver(records);
      const tookMs = harness.clock.now() - T0;
      for (let i = 0; i < 5; i += 1) await harness.deliver(records);

      expect(tookMs).toBeLessThanOrEqual(60_000 - ANSWER_MS);
      expect(report.batchItemFailures).toHaveLength(count > 608 ? 1 : 0);
      expect(harness.counts.get('LinesParked')).toBe(count);
    });
  }

  it('when the store falls silent with little time left', async () => {
    const { tookMs, from } = await invoke(500, { service: REFUSED, canPark: () => never() }, 5_000);

    expect(tookMs).toBeLessThanOrEqual(5_000 - ANSWER_MS);
    expect(from).toBe(0);
  });

  it('when the store falls silent for rejected lines and unreadable records', async () => {
    const service: Service = ({ texts }) => ({
      ...DELIVERED,
      rejected: [{ from: 0, to: texts.length, reason: 'bad' }],
    });
    const { tookMs } = await invoke(500, { service, canPark: () => never() }, 10_000);

    expect(tookMs).toBeLessThanOrEqual(10_000 - ANSWER_MS);
  });

  for (const remainingMs of [60_000, 10_000, 4_000]) {
    it(`while no secret can be read, with ${remainingMs} ms`, async () => {
      const { tookMs, from } = await invoke(500, { service: REFUSED, secret: () => never() }, remainingMs);

      expect(tookMs).toBeLessThanOrEqual(remainingMs - ANSWER_MS);
      expect(from).toBe(0);
    });
  }

  it('while a secret cannot be read afresh', async () => {
    let reads = 0;
    const { tookMs } = await invoke(
      1,
      {
        service: REFUSED,
        secret: () => {
          reads += 1;
          return reads > 1 ? never() : { kind: 'found', text: '{"TOKEN":"old"}' };
        },
      },
      10_000,
    );

    expect(reads).toBe(2);
    expect(tookMs).toBeLessThanOrEqual(10_000 - ANSWER_MS);
  });

  it('while a client does not heed that its time is over', async () => {
    const { tookMs, from } = await invoke(500, { service: () => never(), isolationLimitMs: 900_000 });

    expect(tookMs).toBeLessThanOrEqual(60_000 - ANSWER_MS);
    expect(from).toBe(0);
  });

  it('while a receiver is paced for hours', async () => {
    const { tookMs, from } = await invoke(500, { service: () => DELIVERED, startsPerSecond: 1 });

    expect(tookMs).toBeLessThanOrEqual(60_000 - 3_000);
    expect(from).toBeGreaterThan(50);
  });
});
