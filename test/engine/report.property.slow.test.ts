import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, Rest } from '../../shared/destination/outcome.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import { textOf } from '../../shared/record/lines.ts';
import {
  createHarness,
  type Harness,
  kinesisRecord,
  rawRecord,
  type Sent,
  T0,
} from '../helpers/engine-harness.ts';

/** What the service does with one request, drawn beforehand. */
interface Whim {
  readonly acceptUpTo: number;
  readonly rejectNext: boolean;
  readonly rest: Rest['fate'];
  readonly afterMs: number | undefined;
  /** The service took the lines although it answered otherwise. */
  readonly tookAnyway: boolean;
}

const whim: fc.Arbitrary<Whim> = fc.record({
  acceptUpTo: fc.nat(4),
  rejectNext: fc.boolean(),
  rest: fc.constantFrom<Rest['fate']>(
    'delivered',
    'delivered',
    'delivered',
    'retry',
    'split',
    'misconfigured',
  ),
  afterMs: fc.option(fc.constantFrom(0, 50, 4_000, 60_000), { nil: undefined }),
  tookAnyway: fc.boolean(),
});

interface Placed {
  readonly agent: number;
  readonly worker: number;
  readonly boot: number;
  readonly lines: number;
  readonly long: boolean;
  readonly kind: 'own' | 'foreign' | 'unreadable';
}

const placed: fc.Arbitrary<Placed> = fc.record({
  agent: fc.nat(2),
  worker: fc.nat(1),
  boot: fc.nat(1),
  lines: fc.nat(5),
  long: fc.boolean(),
  kind: fc.constantFrom(
    'own' as const,
    'own' as const,
    'own' as const,
    'foreign' as const,
    'unreadable' as const,
  ),
});

const scenario = fc.record({
  records: fc.array(placed, { minLength: 1, maxLength: 8 }),
  shuffle: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  copies: fc.array(fc.nat(7), { maxLength: 2 }),
  whims: fc.array(whim, { minLength: 1, maxLength: 40 }),
  parkingFails: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
  remainingMs: fc.constantFrom(60_000, 6_000, 3_600, 2_000),
  requestPer: fc.constantFrom('agent' as const, 'worker' as const),
  window: fc.constantFrom(1, 8),
  maxEvents: fc.integer({ min: 1, max: 6 }),
  ageMs: fc.constantFrom(0, 20_000, 1_000_000),
  restartBetween: fc.boolean(),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never;

/** The batch: each line's text names it for ever. */
function batchOf({ records, shuffle, copies }: Scenario): KinesisEventRecord[] {
  const nextSeq = new Map<string, number>();
  const built = records.map((one, i) => {
    if (one.kind === 'unreadable') return rawRecord(Buffer.from(`garbage ${i}`));
    if (one.kind === 'foreign') return foreignRecord(one, i);
    const name = `CA_${one.agent}/w${one.worker}/b${one.boot}`;
    const seq = nextSeq.get(name) ?? 0;
    nextSeq.set(name, seq + one.lines);
    const lines = Array.from(
      { length: one.lines },
      (_, k) => `${name}#${seq + k}${one.long ? 'x'.repeat(150) : ''}`,
    );
    return kinesisRecord({
      agent: `CA_${one.agent}`,
      worker: `w${one.worker}`,
      boot: `b${one.boot}`,
      seq,
      lines,
    });
  });
  const order = built.map((record, i) => ({ record, key: shuffle[i] ?? 0 })).sort((a, b) => a.key - b.key);
  const shuffled = order.map(({ record }) => record);
  for (const at of copies) {
    const original = shuffled[at];
    // A copy of a foreign record is two records: nothing in it names its lines.
    if (original === undefined || textsOf(original).some((text) => /b\d{3}#/.test(text))) continue;
    const copy = rawRecord(Buffer.from(original.kinesis.data, 'base64'));
    shuffled.push(copy);
  }
  return shuffled;
}

/** A producer's own record: lines of two agents in turn. */
function foreignRecord({ agent, lines }: Placed, i: number): KinesisEventRecord {
  const messages = Array.from({ length: lines }, (_, k) => {
    const agentId = `CA_${k % 2 === 0 ? agent : (agent + 1) % 3}`;
    return { agent_id: agentId, worker_id: 'w0', message: `${agentId}/w0/b${100 + i}#${k}` };
  });
  return rawRecord(Buffer.from(JSON.stringify(messages)));
}

/** Texts of a record's lines, by its bytes. */
function textsOf(record: KinesisEventRecord): string[] {
  const decoded = decodeRecord(Buffer.from(record.kinesis.data, 'base64'), { arrivalMs: T0 });
  if (decoded.kind === 'unreadable') return [`unreadable ${record.kinesis.data}`];
  return decoded.groups.flatMap((group) => Array.from({ length: group.count }, (_, i) => textOf(group, i)));
}

interface ReportWorld {
  readonly harness: Harness;
  /** How often each line was taken by the service; parts of a line joined. */
  readonly taken: Map<string, number>;
}

function worldOf(drawn: Scenario): ReportWorld {
  let at = 0;
  let puts = 0;
  const taken = new Map<string, number>();
  const partial = new Map<string, string>();

  /** A long line arrives in parts; it counts when its last part came. */
  function take(text: string): void {
    if (/^CA_\d\/w\d\/b\d+#\d+$/.test(text) || text.length === 0) {
      taken.set(text, (taken.get(text) ?? 0) + 1);
      return;
    }
    const name = /^(CA_\d\/w\d\/b\d+#\d+)x*$/.exec(text)?.[1];
    const key = name ?? [...partial.keys()].at(-1) ?? '';
    const joined = (name === undefined ? (partial.get(key) ?? '') : '') + text;
    partial.delete(key);
    partial.set(key, joined);
    if (joined.length === key.length + 150) {
      partial.delete(key);
      taken.set(joined, (taken.get(joined) ?? 0) + 1);
    }
  }

  function service({ texts }: Sent): Outcome {
    const drawnWhim = drawn.whims[at % drawn.whims.length];
    at += 1;
    // The world gets better in the end, or nothing would ever be settled.
    if (drawnWhim === undefined || at > 300) {
      texts.forEach(take);
      return { accepted: [], rejected: [], rest: { fate: 'delivered' } };
    }
    const accepted = Math.min(drawnWhim.acceptUpTo, texts.length);
    const rejected =
      drawnWhim.rejectNext && accepted < texts.length && drawnWhim.rest !== 'delivered' ? 1 : 0;
    const all = drawnWhim.rest === 'delivered';
    texts.slice(0, all ? texts.length : accepted).forEach(take);
    return {
      accepted: accepted > 0 ? [{ from: 0, to: accepted }] : [],
      rejected: rejected > 0 ? [{ from: accepted, to: accepted + 1, reason: 'bad' }] : [],
      rest: restOf(drawnWhim),
    };
  }

  const harness = createHarness({
    service,
    manifest: {
      requestPer: drawn.requestPer,
      window: drawn.window,
      limits: { maxEvents: drawn.maxEvents, maxBytes: 2_000, maxEventBytes: 500 },
    },
    canPark: () => {
      const fails = drawn.parkingFails[puts % drawn.parkingFails.length] === true && puts < 50;
      puts += 1;
      return !fails;
    },
  });
  harness.clock.advance(drawn.ageMs);
  return { harness, taken };
}

function restOf({ rest, afterMs }: Whim): Rest {
  if (rest === 'delivered') return { fate: 'delivered' };
  if (rest === 'retry') return { fate: 'retry', reason: 'r', ...(afterMs === undefined ? {} : { afterMs }) };
  return { fate: rest, reason: 'r' };
}

/** Lines that are safe in the bucket, by text, with the kinds of object that hold them. */
function asideOf(harness: Harness): Map<string, string[]> {
  const aside = new Map<string, string[]>();
  for (const [key, body] of harness.objects) {
    for (const record of JSON.parse(body).Records as KinesisEventRecord[]) {
      for (const text of textsOf(record))
        aside.set(text, [...(aside.get(text) ?? []), key.split('/')[0] ?? '']);
    }
  }
  return aside;
}

describe('the report', () => {
  it('names a record before which every line is settled, for any order and any failures', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const records = batchOf(drawn);
        const { harness, taken } = worldOf(drawn);

        const report = await harness.deliver(records, { remainingMs: drawn.remainingMs });

        const reported = report.batchItemFailures[0]?.itemIdentifier;
        const sequenceNumbers = records.map(({ kinesis }) => kinesis.sequenceNumber);
        if (reported !== undefined) expect(sequenceNumbers).toContain(reported);
        const end = reported === undefined ? records.length : sequenceNumbers.indexOf(reported);
        const aside = asideOf(harness);
        const unsettled = records
          .slice(0, end)
          .flatMap(textsOf)
          .filter((text) => !taken.has(text) && !aside.has(text));
        expect(unsettled).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('loses nothing when the mapping repeats from the reported record, warm or cold', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        let records = batchOf(drawn);
        const all = records.flatMap(textsOf);
        const { harness, taken } = worldOf(drawn);

        for (let turn = 0; turn < 400 && records.length > 0; turn += 1) {
          const report = await harness.deliver(records);
          const reported = report.batchItemFailures[0]?.itemIdentifier;
          const at = records.findIndex(({ kinesis }) => kinesis.sequenceNumber === reported);
          records = at < 0 ? [] : records.slice(at);
          harness.clock.advance(30_000);
          if (drawn.restartBetween) harness.restart();
        }

        const aside = asideOf(harness);
        expect(records).toEqual([]);
        expect(all.filter((text) => !taken.has(text) && !aside.has(text))).toEqual([]);
        if (!drawn.restartBetween) {
          const twice = [...taken].filter(([text, times]) => times > 1 && !text.includes('x'));
          expect(twice).toEqual([]);
          const both = [...taken.keys()].filter((text) => !text.includes('x') && aside.has(text));
          expect(both).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the lines of a boot in order where one request is in flight at a time', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const records = batchOf({ ...drawn, copies: [] });
        const calm: Scenario = {
          ...drawn,
          window: 1,
          whims: drawn.whims.map((one) => ({ ...one, rejectNext: false })),
        };
        const { harness } = worldOf(calm);
        const first = new Map<string, number>();

        await harness.deliver(records);

        harness.sent
          .flatMap(({ texts }) => texts)
          .filter((text) => text.includes('#'))
          .forEach((text, i) => {
            const name = text.replace(/x+$/, '');
            if (!first.has(name)) first.set(name, i);
          });
        const byBoot = new Map<string, number[]>();
        for (const name of first.keys()) {
          const [boot = '', number = ''] = name.split('#');
          byBoot.set(boot, [...(byBoot.get(boot) ?? []), Number(number)]);
        }
        for (const numbers of byBoot.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });
});
