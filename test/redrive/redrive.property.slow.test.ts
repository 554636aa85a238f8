import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Invoked, InvokeFunction } from '../../lambdas/redrive/base/functions.ts';
import { redrive } from '../../lambdas/redrive/run.ts';
import { DELIVERED, type Outcome, outcome } from '../../shared/destination/outcome.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { parseWaitingObject } from '../../shared/parking/waiting-object.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import { textOf } from '../../shared/record/lines.ts';
import { createHarness, kinesisRecord, rawRecord, T0 } from '../helpers/engine-harness.ts';
import { createMemoryBucket } from '../helpers/memory-bucket.ts';
import { onFailureBody, SCHEDULED } from '../helpers/redrive-world.ts';

/** How one call of the run goes: as it should, not at all, done but the answer lost, or the run dies there. */
type CallFate = 'ok' | 'fails' | 'fails-after' | 'dies' | 'dies-after';

const callFate = fc.oneof(
  { weight: 20, arbitrary: fc.constant<CallFate>('ok') },
  { weight: 1, arbitrary: fc.constantFrom<CallFate>('fails', 'fails-after', 'dies', 'dies-after') },
);

/** What the function does with one invocation. */
type FunctionFate =
  | 'works'
  | 'crashes'
  | 'crashes-after'
  | 'unavailable'
  | 'throttled'
  | 'lost'
  | 'garbage'
  | 'repeats';

const functionFate = fc.oneof(
  { weight: 6, arbitrary: fc.constant<FunctionFate>('works') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<FunctionFate>(
      'crashes',
      'crashes-after',
      'unavailable',
      'throttled',
      'lost',
      'garbage',
    ),
  },
  { weight: 2, arbitrary: fc.constant<FunctionFate>('repeats') },
);

type ServiceFate = 'takes' | 'refuses' | 'fails' | 'takes-some';

const batch = fc.record({
  records: fc.array(
    fc.record({
      agent: fc.nat(2),
      lines: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom('own' as const, 'own' as const, 'foreign' as const, 'unreadable' as const),
      /** Of its lines, the service never takes this one. */
      bad: fc.option(fc.nat(3), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  /** Given to the function, or put aside by Lambda. */
  way: fc.constantFrom('mapping' as const, 'mapping' as const, 'on-failure' as const),
});

const scenario = fc.record({
  batches: fc.array(batch, { minLength: 1, maxLength: 4 }),
  /** What happens, in turn; numbers move the clock on by minutes. */
  steps: fc.array(
    fc.oneof(
      fc.constantFrom('deliver' as const, 'redrive' as const, 'redrive' as const, 'two-redrives' as const),
      fc.constantFrom('operator' as const, 'cold' as const, 'repeat' as const),
      fc.constantFrom(1, 10, 400),
    ),
    { minLength: 4, maxLength: 14 },
  ),
  calls: fc.array(callFate, { minLength: 1, maxLength: 60 }),
  functions: fc.array(functionFate, { minLength: 1, maxLength: 20 }),
  services: fc.array(
    fc.constantFrom<ServiceFate>('takes', 'takes', 'refuses', 'refuses', 'fails', 'takes-some'),
    {
      minLength: 1,
      maxLength: 20,
    },
  ),
  maxPayloadBytes: fc.constantFrom(undefined, 12_000),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never;

class StoreError extends Error {
  override name = 'ServiceUnavailable';
}

/** Each line's text names it for ever. */
function recordsOf({ batches }: Scenario): KinesisEventRecord[][] {
  return batches.map(({ records }, b) =>
    records.map(({ agent, lines, kind, bad }, r) => {
      const arrivalMs = T0 + b * 1000;
      const texts = Array.from({ length: lines }, (_, k) => `b${b}r${r}#${k}${k === bad ? '!' : ''}`);
      if (kind === 'unreadable') return rawRecord(Buffer.from(`garbage ${b} ${r}`), { arrivalMs });
      const agentId = `CA_${agent}`;
      if (kind === 'own') {
        return kinesisRecord({ agent: agentId, boot: `b${b}r${r}`, lines: texts, arrivalMs });
      }
      const foreign = texts.map((message, k) => ({
        agent_id: k % 2 === 0 ? agentId : `CA_${(agent + 1) % 3}`,
        worker_id: 'w',
        message,
      }));
      return rawRecord(Buffer.from(JSON.stringify(foreign)), { arrivalMs });
    }),
  );
}

function textsOf({ kinesis }: KinesisEventRecord): string[] {
  const data = Buffer.from(kinesis.data, 'base64');
  const decoded = decodeRecord(data, { arrivalMs: T0 });
  if (decoded.kind === 'unreadable') return [data.toString()];
  return decoded.groups.flatMap((group) => Array.from({ length: group.count }, (_, i) => textOf(group, i)));
}

function folderOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

/** Everything that there is, and what must hold of it at any time. */
function worldOf(drawn: Scenario) {
  const at = { service: 0, fn: 0, call: 0, more: 0 };
  let healthy = false;
  const taken = new Set<string>();
  const everPut = new Set<string>();
  const originals = new Map<string, string>();

  function service({ texts }: { readonly texts: readonly string[] }): Outcome {
    const fate = healthy ? 'takes' : drawn.services[at.service++ % drawn.services.length];
    if (fate === 'refuses') return outcome({ fate: 'misconfigured', reason: 'forbidden' });
    if (fate === 'fails') return outcome({ fate: 'retry', reason: 'down' });
    const upTo = fate === 'takes-some' ? Math.floor(texts.length / 2) : texts.length;
    const bad = [...texts.keys()].filter((i) => i < upTo && texts[i]?.endsWith('!') === true);
    texts.slice(0, upTo).forEach((text) => !text.endsWith('!') && taken.add(text));
    const rejected = bad.map((i) => ({ from: i, to: i + 1, reason: 'bad' }));
    const accepted = [...texts.keys()]
      .filter((i) => i < upTo && !bad.includes(i))
      .map((i) => ({ from: i, to: i + 1 }));
    return fate === 'takes-some'
      ? { accepted, rejected, rest: { fate: 'retry', reason: 'down' } }
      : { ...DELIVERED, rejected };
  }

  const harness = createHarness({ service, stallLimitMs: 1_000, isolationLimitMs: 1_000 });
  const { objects, clock } = harness;

  /** Lines by the objects that hold them. */
  function holders(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const [key, body] of objects) {
      if (['leases', 'redrive'].includes(folderOf(key))) continue;
      for (const record of parseWaitingObject(body)?.records ?? []) {
        for (const text of textsOf(record)) found.set(text, [...(found.get(text) ?? []), key]);
      }
    }
    return found;
  }

  function check(): void {
    const held = holders();
    for (const [text, keys] of held) {
      everPut.add(text);
      const waiting = keys.filter((key) => ['parked', 'parked-later', 'aws'].includes(folderOf(key)));
      // What is moved is written before it is removed, so that it may be in two folders, never twice in one.
      const isTwice = new Set(waiting.map(folderOf)).size < waiting.length;
      expect(isTwice, `${text} waits in ${waiting.join(' and ')}`).toBe(false);
    }
    const lost = [...everPut].filter((text) => !taken.has(text) && !held.has(text));
    expect(lost).toEqual([]);
  }

  /** One run's view: its calls go wrong as drawn, and once dead it does nothing more. */
  function portsOf(): { bucket: Bucket; invoke: InvokeFunction } {
    const memory = createMemoryBucket(objects);
    let dead = false;
    async function call<T>(work: () => Promise<T>): Promise<T> {
      const fate = healthy ? 'ok' : drawn.calls[at.call++ % drawn.calls.length];
      if (dead || fate === 'fails') throw new StoreError();
      if (fate === 'dies') dead = true;
      if (dead) throw new StoreError();
      const done = await work();
      check();
      if (fate === 'dies-after') dead = true;
      if (fate !== 'ok') throw new StoreError();
      return done;
    }
    return {
      bucket: {
        list: (query) => call(() => memory.list(query)),
        async *folders(prefix) {
          yield* await call(async () => {
            const names: string[] = [];
            for await (const name of memory.folders(prefix)) names.push(name);
            return names;
          });
        },
        deleteAll: (versions) => call(() => memory.deleteAll(versions)),
        get: (key) => call(() => memory.get(key)),
        put: (key, body, condition) => call(() => memory.put(key, body, condition)),
        delete: (key, etag) => call(() => memory.delete(key, etag)),
      },
      invoke: async (_name, payload) => {
        const fate = healthy ? 'works' : drawn.functions[at.fn++ % drawn.functions.length];
        if (dead || fate === 'unavailable') return { kind: 'unavailable', reason: 'TimeoutError' };
        if (fate === 'throttled') return { kind: 'unavailable', reason: 'TooManyRequestsException' };
        if (fate === 'crashes') return { kind: 'function-error' };
        const value = await harness.redeliver(payload);
        if (fate === 'repeats') repeat();
        check();
        if (fate === 'crashes-after') return { kind: 'function-error' };
        if (fate === 'lost') return { kind: 'unavailable', reason: 'TimeoutError' };
        if (fate === 'garbage') return { kind: 'returned', value: 'what?' };
        return { kind: 'returned', value } satisfies Invoked;
      },
    };
  }

  /** The function that parked these repeats its batch, which has grown: the objects are written anew, with more lines. */
  function repeat(): void {
    for (const [key, body] of originals) {
      const object = JSON.parse(body) as { readonly Records: readonly KinesisEventRecord[]; lines: number };
      const boot = `more${at.more++}`;
      const record = kinesisRecord({ agent: key.split('/')[2] ?? '', boot, lines: [boot] });
      const grown = { ...object, lines: object.lines + 1, Records: [...object.Records, record] };
      objects.set(key, JSON.stringify(grown));
      originals.set(key, JSON.stringify(grown));
    }
  }

  async function deliver(batchNumber: number, records: readonly KinesisEventRecord[]): Promise<void> {
    const before = new Set(objects.keys());
    if (drawn.batches[batchNumber]?.way === 'on-failure') {
      const key = `aws/lambda/m1/shardId-0/2026/01/15/2026-01-15T10.30.0${batchNumber}-x`;
      objects.set(key, onFailureBody(records));
    } else {
      let left = records;
      for (let turn = 0; turn < 50 && left.length > 0; turn += 1) {
        const report = await harness.deliver(left);
        const reported = report.batchItemFailures[0]?.itemIdentifier;
        const place = left.findIndex(({ kinesis }) => kinesis.sequenceNumber === reported);
        left = place < 0 ? [] : left.slice(place);
        clock.advance(60_000);
      }
    }
    for (const [key, body] of objects) {
      if (!before.has(key) && folderOf(key) === 'parked') originals.set(key, body);
    }
    check();
  }

  async function run(now: boolean): Promise<void> {
    await redrive(
      { ...SCHEDULED, now },
      {
        ...portsOf(),
        functions: new Map([['datadog', 'drain-datadog']]),
        clock: { ...clock, random: () => 0.5 },
        log: () => undefined,
        deadlineMs: clock.now() + 300_000,
        maxPayloadBytes: drawn.maxPayloadBytes,
      },
    );
    check();
  }

  async function recover(): Promise<void> {
    healthy = true;
    originals.clear();
    const waits = (key: string): boolean => !['rejected', 'unreadable', 'redrive'].includes(folderOf(key));
    for (let turn = 0; turn < 30 && [...objects.keys()].some(waits); turn += 1) {
      clock.advance(7 * 60 * 60_000);
      await run(false);
    }
  }

  return { harness, objects, taken, holders, deliver, run, repeat, recover, clock };
}

function forgets(steps: readonly (string | number)[]): boolean {
  const minutes = steps.reduce<number>((sum, step) => sum + (typeof step === 'number' ? step : 1), 0);
  return steps.includes('cold') || minutes >= 60;
}

describe('redrive', () => {
  it('delivers each line or keeps it, once, through any failures, and delivers all when they end', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const batches = recordsOf(drawn);
        const world = worldOf(drawn);
        let next = 0;

        for (const step of [...drawn.steps, 'deliver' as const]) {
          if (typeof step === 'number') world.clock.advance(step * 60_000);
          else if (step === 'cold') world.harness.restart();
          else if (step === 'repeat') world.repeat();
          else if (step === 'redrive') await world.run(false);
          else if (step === 'operator') await world.run(true);
          else if (step === 'two-redrives') await Promise.all([world.run(false), world.run(true)]);
          else if (batches[next] !== undefined) await world.deliver(next, batches[next++] ?? []);
        }
        const asideBefore = world.holders();
        await world.recover();

        const folders = new Set([...world.objects.keys()].map(folderOf));
        expect(
          [...folders].filter((folder) => !['rejected', 'unreadable', 'redrive'].includes(folder)),
        ).toEqual([]);
        const delivered = batches.slice(0, next).flat().flatMap(textsOf);
        const aside = world.holders();
        const isBad = (text: string): boolean => text.endsWith('!') || text.startsWith('garbage');
        expect(delivered.filter((text) => !isBad(text) && !world.taken.has(text))).toEqual([]);
        expect(delivered.filter((text) => isBad(text) && !aside.has(text))).toEqual([]);
        // A container that has forgotten a line, after an hour or a restart, may put it aside once more.
        const rejectedIn = (text: string): readonly string[] =>
          (asideBefore.get(text) ?? []).filter((key) => folderOf(key) === 'rejected');
        const twice = delivered.filter((text) => isBad(text) && rejectedIn(text).length > 1);
        if (!forgets(drawn.steps)) expect(twice).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
