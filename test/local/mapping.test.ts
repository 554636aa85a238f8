import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { InvokeResult } from '../../local/function/invoke-result.ts';
import { DEFAULT_LIMITS } from '../../local/kinesis/limits.ts';
import { hashKeyOf } from '../../local/kinesis/sequence.ts';
import { createStream } from '../../local/kinesis/stream.ts';
import { backoffMs } from '../../local/mapping/backoff.ts';
import { eventRecordBytes, type KinesisEvent, MAX_EVENT_BYTES, toEvent } from '../../local/mapping/event.ts';
import { type MappingOptions, startMapping } from '../../local/mapping/mapping.ts';
import type { MappingClock } from '../../local/mapping/mapping-clock.ts';
import type { OnFailureObject } from '../../local/mapping/on-failure.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';

const START_MS = 1_768_473_000_000;
const SHARD_0 = 'shardId-000000000000';
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:log-drain-datadog';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A clock that a sleep moves on at once. */
function fastClock() {
  const waits: number[] = [];
  let nowMs = START_MS;
  const effects: MappingClock = {
    now: () => nowMs,
    sleep: async (ms) => {
      waits.push(ms);
      nowMs += ms;
    },
    random: () => 0.5,
  };
  return { waits, effects, advance: (ms: number) => (nowMs += ms) };
}

/** A clock on which sleepers wake only when a test advances it. */
function slowClock() {
  let nowMs = START_MS;
  let sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];
  const effects: MappingClock = {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        signal?.addEventListener('abort', () => resolve());
        sleepers.push({ untilMs: nowMs + ms, wake: resolve });
      }),
    random: () => 0.5,
  };
  function advance(ms: number): void {
    nowMs += ms;
    const due = sleepers.filter(({ untilMs }) => untilMs <= nowMs);
    sleepers = sleepers.filter(({ untilMs }) => untilMs > nowMs);
    for (const { wake } of due) wake();
  }
  return { effects, advance };
}

interface SetUp {
  readonly shards?: number;
  readonly settings?: Partial<MappingSettings>;
  readonly clock?: { readonly effects: MappingClock };
  readonly onFailure?: MappingOptions['onFailure'];
}

const done: InvokeResult = { kind: 'result', value: null };
const failed: InvokeResult = { kind: 'error', errorType: 'Error', requestId: 'request-1' };

/** Answers with the failed items, as a function with ReportBatchItemFailures does. */
function reportOf(...itemIdentifiers: readonly unknown[]): InvokeResult {
  return {
    kind: 'result',
    value: { batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })) },
  };
}

function textsOf(event: KinesisEvent): string[] {
  return event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
}

function idOf(event: KinesisEvent, text: string): string {
  return event.Records[textsOf(event).indexOf(text)]?.kinesis.sequenceNumber ?? 'absent';
}

function setUp({ shards = 1, clock = fastClock(), ...options }: SetUp = {}) {
  const stream = createStream({
    name: 'log-drain',
    arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/log-drain',
    shards,
    limits: DEFAULT_LIMITS,
    now: clock.effects.now,
  });
  /** What each invocation got. */
  const batches: string[][] = [];
  const objects: OnFailureObject[] = [];

  function put(texts: readonly string[], partitionKey = 'w'): void {
    for (const text of texts) {
      const data = Buffer.from(text).toString('base64');
      stream.put({ partitionKey, data, bytes: text.length + partitionKey.length });
    }
    stream.announce();
  }

  /** Starts the mapping; `answer` is the function. */
  function start(answer: (event: KinesisEvent) => InvokeResult | Promise<InvokeResult> = () => done) {
    const mapping = startMapping({
      stream,
      region: 'us-east-1',
      functionArn: FUNCTION_ARN,
      settings: { reportBatchItemFailures: true, ...options.settings },
      clock: clock.effects,
      invoke: async (event) => {
        batches.push(textsOf(event));
        return answer(event);
      },
      onFailure:
        options.onFailure ??
        (async (object) => {
          objects.push(object);
        }),
    });
    cleanups.push(mapping.stop);
    return mapping;
  }

  return { stream, batches, objects, put, start };
}

function bodyOf(
  object: OnFailureObject | undefined,
): Record<string, Record<string, unknown>> & { payload: string } {
  return JSON.parse(object?.body ?? '{}');
}

function payloadOf(object: OnFailureObject | undefined): KinesisEvent {
  return JSON.parse(bodyOf(object).payload);
}

describe('the event', () => {
  it('has the shape that Lambda gives it', async () => {
    const { stream, put, start } = setUp();
    const events: KinesisEvent[] = [];
    put(['hello'], 'CAW_1');

    const mapping = start((event) => {
      events.push(event);
      return done;
    });
    await mapping.drained();

    const sequenceNumber = stream.shards()[0] && events[0]?.Records[0]?.kinesis.sequenceNumber;
    expect(sequenceNumber).toMatch(/^\d{56}$/);
    expect(events).toEqual([
      {
        Records: [
          {
            kinesis: {
              kinesisSchemaVersion: '1.0',
              partitionKey: 'CAW_1',
              sequenceNumber,
              data: 'aGVsbG8=',
              approximateArrivalTimestamp: 1_768_473_000,
            },
            eventSource: 'aws:kinesis',
            eventVersion: '1.0',
            eventID: `${SHARD_0}:${sequenceNumber}`,
            eventName: 'aws:kinesis:record',
            invokeIdentityArn: 'arn:aws:iam::000000000000:role/log-drain-local',
            awsRegion: 'us-east-1',
            eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/log-drain',
          },
        ],
      },
    ]);
  });

  it('is measured to the byte, whatever the partition key', () => {
    const source = { shardId: SHARD_0, streamArn: 'arn', region: 'us-east-1', roleArn: 'role' };
    const record = fc.record({
      position: fc.nat(),
      sequenceNumber: fc.stringMatching(/^\d{56}$/),
      partitionKey: fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }),
      data: fc.base64String(),
      bytes: fc.nat(),
      arrivalMs: fc.nat({ max: START_MS }),
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const measured = records.map((one) => eventRecordBytes(one, source) + 1).reduce((a, b) => a + b);

        expect('{"Records":[]}'.length + measured - 1).toBe(
          Buffer.byteLength(JSON.stringify(toEvent(records, source))),
        );
      }),
    );
  });

  it.each([
    { name: 'holds records up to exactly 6,291,456 bytes of JSON', more: 0, sizes: [5] },
    { name: 'leaves out a record that would make it one byte more', more: 1, sizes: [4, 1] },
  ])('$name', async ({ more, sizes }) => {
    const { put, start, batches } = setUp({ settings: { batchSize: 10_000 } });
    const eventBytes: number[] = [];
    const source = {
      shardId: SHARD_0,
      streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/log-drain',
      region: 'us-east-1',
      roleArn: 'arn:aws:iam::000000000000:role/log-drain-local',
    };
    const bytesOf = (text: string, partitionKey: string) =>
      eventRecordBytes(
        {
          position: 0,
          sequenceNumber: '4'.repeat(56),
          partitionKey,
          data: Buffer.from(text).toString('base64'),
          bytes: 0,
          arrivalMs: START_MS,
        },
        source,
      );
    const big = 'x'.repeat(1_048_000);
    const room = MAX_EVENT_BYTES - '{"Records":[,,,,]}'.length - 4 * bytesOf(big, 'w') - bytesOf('', 'k');
    const key = 'k'.repeat(1 + (room % 4) + more);
    put([big, big, big, big]);
    put(['x'.repeat(Math.floor(room / 4) * 3)], key);

    const mapping = start((event) => {
      eventBytes.push(Buffer.byteLength(JSON.stringify(event)));
      return done;
    });
    await mapping.drained();

    expect(batches.map((batch) => batch.length)).toEqual(sizes);
    expect(eventBytes[0] === MAX_EVENT_BYTES).toBe(more === 0);
  });
});

describe('an answer that is a success of the whole batch', () => {
  it.each([
    { name: 'an empty string', value: '' },
    { name: 'null', value: null },
    { name: 'an empty list', value: [] },
    { name: 'an empty object', value: {} },
    { name: 'no failures', value: { batchItemFailures: [] } },
    { name: 'null failures', value: { batchItemFailures: null } },
  ])('is $name', async ({ value }) => {
    const { put, start, batches } = setUp();
    put(['a', 'b']);

    const mapping = start(() => ({ kind: 'result', value }));
    await mapping.drained();

    expect(batches).toEqual([['a', 'b']]);
    expect(mapping.counters).toMatchObject({ invocations: 1, recordsDone: 2, recordsDropped: 0 });
  });

  it('is any at all without ReportBatchItemFailures', async () => {
    const { put, start, batches } = setUp({ settings: { reportBatchItemFailures: false } });
    put(['a', 'b']);

    const mapping = start((event) => reportOf(idOf(event, 'a')));
    await mapping.drained();

    expect(batches).toEqual([['a', 'b']]);
    expect(mapping.counters.recordsDone).toBe(2);
  });
});

describe('an answer that fails the whole batch', () => {
  it.each<{ name: string; answer: (event: KinesisEvent) => InvokeResult; functionError: string | null }>([
    { name: 'an empty identifier', answer: () => reportOf(''), functionError: null },
    { name: 'a null identifier', answer: () => reportOf(null), functionError: null },
    {
      name: 'a wrong key',
      answer: () => ({ kind: 'result', value: { batchItemFailures: [{ foo: 'x' }] } }),
      functionError: null,
    },
    { name: 'an identifier that is not in the batch', answer: () => reportOf('123'), functionError: null },
    {
      name: 'a known identifier beside an unknown one',
      answer: (event) => reportOf(idOf(event, 'b'), '123'),
      functionError: null,
    },
    {
      name: 'failures that are no list',
      answer: () => ({ kind: 'result', value: { batchItemFailures: 'a' } }),
      functionError: null,
    },
    { name: 'a thrown error', answer: () => failed, functionError: 'Unhandled' },
  ])('is $name: 3 invocations with 2 retries, then on failure', async ({ answer, functionError }) => {
    const { put, start, batches, objects } = setUp({ settings: { maximumRetryAttempts: 2 } });
    put(['a', 'b']);

    const mapping = start(answer);
    await mapping.drained();

    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(bodyOf(objects[0])).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError },
      KinesisBatchInfo: { batchSize: 2 },
    });
    expect(mapping.counters).toMatchObject({ recordsDone: 0, recordsDropped: 2, onFailureObjects: 1 });
  });
});

describe('a partial failure', () => {
  it('takes the lowest sequence number: it and all after it come again', async () => {
    const { put, start, batches } = setUp();
    put(['a', 'b', 'c', 'd']);
    let calls = 0;

    const mapping = start((event) => {
      calls += 1;
      return calls === 1 ? reportOf(idOf(event, 'd'), idOf(event, 'b'), idOf(event, 'c')) : done;
    });
    await mapping.drained();

    expect(batches).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
    ]);
    expect(mapping.counters.recordsDone).toBe(4);
  });

  it('starts a fresh count of retries: of 6 records in threes the bad last one comes 5 times with 3 retries', async () => {
    const { put, start, batches, objects } = setUp({ settings: { batchSize: 3, maximumRetryAttempts: 3 } });
    put(['1', '2', '3', '4', '5', '6']);

    const mapping = start((event) => (textsOf(event).includes('6') ? reportOf(idOf(event, '6')) : done));
    await mapping.drained();

    expect(batches).toEqual([['1', '2', '3'], ['4', '5', '6'], ['6'], ['6'], ['6'], ['6']]);
    expect(objects.map((object) => bodyOf(object))).toMatchObject([
      {
        requestContext: { approximateInvokeCount: 4 },
        KinesisBatchInfo: { batchSize: 1 },
        responseContext: { functionError: null },
      },
    ]);
  });

  it('starts a fresh count after whole failures too', async () => {
    const { put, start, batches } = setUp({ settings: { maximumRetryAttempts: 2 } });
    put(['a', 'b']);
    const answers = ['failed', 'failed', 'partial', 'failed', 'failed', 'done'];

    const mapping = start((event) => {
      const answer = answers.shift();
      if (answer === 'partial') return reportOf(idOf(event, 'b'));
      return answer === 'failed' ? failed : done;
    });
    await mapping.drained();

    expect(batches.length).toBe(6);
    expect(mapping.counters).toMatchObject({ recordsDone: 2, recordsDropped: 0 });
  });

  it('settles every record exactly once and shows them first in order, whatever is reported', async () => {
    const outcome = fc.oneof(
      fc.constant('done' as const),
      fc.constant('error' as const),
      fc.constant('throttled' as const),
      fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { maxLength: 40 }),
        fc.integer({ min: 0, max: 40 }),
        fc.record({
          batchSize: fc.integer({ min: 1, max: 12 }),
          bisectBatchOnFunctionError: fc.boolean(),
          parallelizationFactor: fc.integer({ min: 1, max: 3 }),
        }),
        async (outcomes, count, settings) => {
          const { stream, put, start, batches } = setUp({ settings });
          const all = Array.from({ length: count }, (_, index) => String(index));
          for (const text of all) put([text], `key-${Number(text) % 4}`);
          const left = [...outcomes];

          const mapping = start((event) => {
            const next = left.shift() ?? 'done';
            if (next === 'done') return done;
            if (next === 'error') return failed;
            if (next === 'throttled') return { kind: 'throttled' };
            const records = next.map((index) => event.Records[index % event.Records.length]);
            return reportOf(...records.map((record) => record?.kinesis.sequenceNumber));
          });
          await mapping.drained();
          await mapping.stop();

          const firstSeen = [...new Set(batches.flat())].map(Number);
          const lanes = [0, 1, 2, 3].map((key) => firstSeen.filter((text) => text % 4 === key));
          expect(lanes.map((lane) => lane.toSorted((a, b) => a - b))).toEqual(lanes);
          expect(firstSeen.length).toBe(count);
          expect(mapping.counters).toMatchObject({ recordsDone: count, recordsDropped: 0 });
          expect(stream.retainedBytes()).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('bisecting', () => {
  const poison = (event: KinesisEvent): InvokeResult => (textsOf(event).includes('3') ? failed : done);

  it('halves a batch whose invocation failed, without using up retries, until the bad record stands alone', async () => {
    const { put, start, batches, objects } = setUp({
      settings: { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 },
    });
    put(['1', '2', '3', '4']);

    const mapping = start(poison);
    await mapping.drained();

    expect(batches).toEqual([['1', '2', '3', '4'], ['1', '2'], ['3', '4'], ['3'], ['3'], ['4']]);
    expect(objects.map(payloadOf).map(textsOf)).toEqual([['3']]);
    expect(bodyOf(objects[0])).toMatchObject({ requestContext: { approximateInvokeCount: 2 } });
    expect(mapping.counters).toMatchObject({ recordsDone: 3, recordsDropped: 1 });
  });

  it('halves whatever ReportBatchItemFailures says', async () => {
    const { put, start, batches } = setUp({
      settings: { bisectBatchOnFunctionError: true, maximumRetryAttempts: 0, reportBatchItemFailures: false },
    });
    put(['1', '2', '3']);

    await start(poison).drained();

    expect(batches).toEqual([['1', '2', '3'], ['1', '2'], ['3']]);
  });

  it('cuts at the reported record instead when the function reports one', async () => {
    const { put, start, batches } = setUp({
      settings: { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 },
    });
    put(['1', '2', '3', '4', '5']);

    const mapping = start((event) =>
      textsOf(event).includes('3') ? reportOf(idOf(event, '3'), idOf(event, '4')) : done,
    );
    await mapping.drained();

    expect(batches).toEqual([
      ['1', '2', '3', '4', '5'],
      ['3', '4', '5'],
      ['3', '4', '5'],
    ]);
    expect(mapping.counters).toMatchObject({ recordsDone: 2, recordsDropped: 3 });
  });
});

describe('retries', () => {
  it('go on for ever by default and hold up their shard, not another', async () => {
    const { put, start, batches } = setUp({ shards: 2 });
    const [lower, upper] = [keyIn('lower'), keyIn('upper')];
    let failures = 0;
    put(['bad'], lower);
    put(['behind'], lower);
    put(['other'], upper);

    const mapping = start((event) => {
      if (!textsOf(event).includes('bad') || failures === 50) return done;
      failures += 1;
      return failed;
    });
    await mapping.drained();

    expect(batches.filter((batch) => batch.includes('bad')).length).toBe(51);
    expect(batches.findIndex((batch) => batch.includes('other'))).toBeLessThan(3);
    expect(mapping.counters).toMatchObject({ recordsDone: 3, errors: 50 });
  });

  it('end with the whole rest of the batch dropped, good records behind the bad one included, and go on', async () => {
    const { put, start, objects } = setUp({ settings: { batchSize: 3, maximumRetryAttempts: 0 } });
    put(['good', 'bad', 'behind', 'next']);

    const mapping = start((event) => (textsOf(event).includes('bad') ? reportOf(idOf(event, 'bad')) : done));
    await mapping.drained();

    expect(objects.map(payloadOf).map(textsOf)).toEqual([['bad', 'behind']]);
    expect(mapping.counters).toMatchObject({ recordsDone: 2, recordsDropped: 2 });
  });

  it('wait half a second, doubling up to a minute, and afresh after progress', async () => {
    const clock = fastClock();
    const { put, start } = setUp({ clock });
    put(['a', 'b']);
    let calls = 0;

    const mapping = start((event) => {
      calls += 1;
      if (calls === 10) return reportOf(idOf(event, 'b'));
      return calls === 11 ? done : failed;
    });
    await mapping.drained();

    const full = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 500];
    expect(clock.waits).toEqual(full.map((wait) => wait * 0.75));
  });

  it('have their waits spread over the upper half', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, random) => {
          const full = Math.min(60_000, 500 * 2 ** (failures - 1));
          const wait = backoffMs(failures, () => random);

          expect(wait).toBeGreaterThanOrEqual(full / 2);
          expect(wait).toBeLessThanOrEqual(full);
        },
      ),
    );
  });

  it('do not count throttles', async () => {
    const { put, start, batches } = setUp({ settings: { maximumRetryAttempts: 0 } });
    put(['a']);
    let calls = 0;

    const mapping = start(() => {
      calls += 1;
      return calls <= 5 ? { kind: 'throttled' } : done;
    });
    await mapping.drained();

    expect(batches.length).toBe(6);
    expect(mapping.counters).toMatchObject({ throttles: 5, recordsDone: 1, recordsDropped: 0 });
  });
});

describe('the age of records', () => {
  it('takes expired records off the front, one by one: 1 old and 5 fresh make 5 delivered and 1 reported', async () => {
    const clock = fastClock();
    const { put, start, batches, objects } = setUp({ clock, settings: { maximumRecordAgeInSeconds: 60 } });
    put(['old']);
    clock.advance(60_001);
    put(['1', '2', '3', '4', '5']);

    const mapping = start();
    await mapping.drained();

    expect(batches).toEqual([['1', '2', '3', '4', '5']]);
    expect(objects.map(payloadOf).map(textsOf)).toEqual([['old']]);
    expect(bodyOf(objects[0])).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 },
      KinesisBatchInfo: { batchSize: 1 },
    });
    expect(bodyOf(objects[0])).not.toHaveProperty('responseContext');
  });

  it('keeps a record that is exactly as old as allowed', async () => {
    const clock = fastClock();
    const { put, start, batches } = setUp({ clock, settings: { maximumRecordAgeInSeconds: 60 } });
    put(['a']);
    clock.advance(60_000);

    await start().drained();

    expect(batches).toEqual([['a']]);
  });

  it('ends unlimited retries: 8 invocations within 60 seconds', async () => {
    const { put, start, objects } = setUp({ settings: { maximumRecordAgeInSeconds: 60 } });
    put(['a', 'b']);

    const mapping = start(() => failed);
    await mapping.drained();

    expect(mapping.counters).toMatchObject({ invocations: 8, recordsDropped: 2 });
    expect(objects.map(payloadOf).map(textsOf)).toEqual([['a'], ['b']]);
  });

  it('ends throttling too, although throttles are not counted', async () => {
    const { put, start, objects } = setUp({
      settings: { maximumRecordAgeInSeconds: 60, maximumRetryAttempts: 2 },
    });
    put(['a']);

    await start(() => ({ kind: 'throttled' })).drained();

    expect(bodyOf(objects[0])).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 },
    });
  });

  it('is told as iterator age when a batch is read', async () => {
    const clock = fastClock();
    const { put, start } = setUp({ clock });
    put(['a']);
    clock.advance(4200);

    const mapping = start();
    await mapping.drained();
    put(['b']);
    await mapping.drained();

    expect(mapping.counters).toMatchObject({ iteratorAgeMs: 0, maxIteratorAgeMs: 4200 });
  });
});

describe('the on-failure object', () => {
  it('has the key and the form that Lambda gives it, with the event as a JSON string', async () => {
    const { put, start, objects } = setUp({ settings: { maximumRetryAttempts: 0 } });
    const events: KinesisEvent[] = [];
    put(['a', 'b "quoted" ü']);

    const mapping = start((event) => {
      events.push(event);
      return failed;
    });
    await mapping.drained();

    const [object] = objects;
    const numbers = events[0]?.Records.map(({ kinesis }) => kinesis.sequenceNumber);
    expect(object?.key).toMatch(
      new RegExp(
        `^aws/lambda/${mapping.id}/${SHARD_0}/2026/01/15/2026-01-15T10\\.30\\.00-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`,
      ),
    );
    expect(bodyOf(object)).toEqual({
      requestContext: {
        requestId: 'request-1',
        functionArn: FUNCTION_ARN,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 1,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2026-01-15T10:30:00.000Z',
      KinesisBatchInfo: {
        shardId: SHARD_0,
        startSequenceNumber: numbers?.[0],
        endSequenceNumber: numbers?.[1],
        approximateArrivalOfFirstRecord: '2026-01-15T10:30:00.000Z',
        approximateArrivalOfLastRecord: '2026-01-15T10:30:00.000Z',
        batchSize: 2,
        streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/log-drain',
      },
      payload: JSON.stringify(events[0]),
    });
  });

  it('is counted and let go when it cannot be stored', async () => {
    const { put, start, batches } = setUp({
      settings: { maximumRetryAttempts: 0, batchSize: 1 },
      onFailure: () => Promise.reject(new Error('no bucket')),
    });
    put(['bad', 'good']);

    const mapping = start((event) => (textsOf(event).includes('bad') ? failed : done));
    await mapping.drained();

    expect(batches).toEqual([['bad'], ['good']]);
    expect(mapping.counters).toMatchObject({ onFailureErrors: 1, onFailureObjects: 0, recordsDone: 1 });
  });
});

describe('batching', () => {
  it('sends what is there at once without a window, up to the batch size', async () => {
    const { put, start, batches } = setUp({ settings: { batchSize: 2 } });
    put(['a', 'b', 'c']);

    const mapping = start();
    await mapping.drained();
    put(['d']);
    await mapping.drained();

    expect(batches).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  it('waits for the window to end, counted from the first record', async () => {
    const clock = slowClock();
    const { put, start, batches } = setUp({ clock, settings: { maximumBatchingWindowInSeconds: 2 } });
    const mapping = start();

    clock.advance(10_000);
    put(['a']);
    await settled();
    clock.advance(1999);
    put(['b']);
    await settled();
    const beforeEnd = batches.length;
    clock.advance(1);
    await mapping.drained();

    expect(beforeEnd).toBe(0);
    expect(batches).toEqual([['a', 'b']]);
  });

  it('does not wait for the window once the batch is full', async () => {
    const clock = slowClock();
    const { put, start, batches } = setUp({
      clock,
      settings: { maximumBatchingWindowInSeconds: 300, batchSize: 2 },
    });
    const mapping = start();

    put(['a']);
    await settled();
    put(['b']);
    await mapping.drained();

    expect(batches).toEqual([['a', 'b']]);
  });

  it('does not wait for the window once the payload is full', async () => {
    const clock = slowClock();
    const { put, start, batches } = setUp({
      clock,
      settings: { maximumBatchingWindowInSeconds: 300, batchSize: 10_000 },
    });
    const mapping = start();
    const big = Array.from({ length: 5 }, () => 'x'.repeat(1_000_000));

    put(big);
    await vi.waitFor(() => expect(batches.length).toBe(1), 20_000);
    const firstBatch = batches.map((batch) => batch.length);
    clock.advance(300_000);
    await mapping.drained();

    expect(firstBatch).toEqual([4]);
    expect(batches.map((batch) => batch.length)).toEqual([4, 1]);
  });

  it('does not wait for the window at the end of a closed shard', async () => {
    const clock = slowClock();
    const { stream, put, start, batches } = setUp({
      clock,
      settings: { maximumBatchingWindowInSeconds: 300 },
    });
    const mapping = start();

    put(['a']);
    await settled();
    stream.split(SHARD_0, 2n ** 127n);
    await mapping.drained();

    expect(batches).toEqual([['a']]);
  });
});

describe('concurrency', () => {
  /** A function whose invocations end when told. */
  function gatedFunction() {
    const open = new Map<string, () => void>();
    const answer = (event: KinesisEvent) =>
      new Promise<InvokeResult>((resolve) => {
        open.set(textsOf(event).join(), () => resolve(done));
      });
    return { open, answer };
  }

  it('is one batch at a time for a shard', async () => {
    const { put, start } = setUp({ settings: { batchSize: 1 } });
    const { open, answer } = gatedFunction();
    put(['a'], 'one');
    put(['b'], 'two');

    const mapping = start(answer);
    await vi.waitFor(() => expect([...open.keys()]).toEqual(['a']), 20_000);
    await settled();
    const whileFirstRuns = [...open.keys()];
    open.get('a')?.();
    await vi.waitFor(() => expect(open.has('b')).toBe(true), 20_000);
    open.get('b')?.();
    await mapping.drained();

    expect(whileFirstRuns).toEqual(['a']);
    expect(mapping.counters.recordsDone).toBe(2);
  });

  it('is up to ParallelizationFactor batches of a shard, each partition key in one of them', async () => {
    const { put, start, batches } = setUp({ settings: { parallelizationFactor: 3 } });
    const { open, answer } = gatedFunction();
    const keys = [0, 1, 2].map(keyOfLane);
    for (const key of [...keys, ...keys]) put([key], key);

    const mapping = start(answer);
    await vi.waitFor(() => expect(open.size).toBe(3), 20_000);
    for (const end of open.values()) end();
    await mapping.drained();

    expect(batches.map((batch) => batch.join()).toSorted()).toEqual(
      keys.map((key) => `${key},${key}`).toSorted(),
    );
  });

  it('lets a bad partition key hold up its own lane alone', async () => {
    const clock = slowClock();
    const { put, start, batches } = setUp({ clock, settings: { parallelizationFactor: 2 } });
    const [bad, good] = [keyOfLane2(0), keyOfLane2(1)];
    put(['bad'], bad);
    put(['good'], good);

    const mapping = start((event) => (textsOf(event).includes('bad') ? failed : done));
    await vi.waitFor(() => expect(mapping.counters.recordsDone).toBe(1), 20_000);
    put(['better'], good);
    await vi.waitFor(() => expect(mapping.counters.recordsDone).toBe(2), 20_000);

    expect(batches.flat()).toEqual(['bad', 'good', 'better']);
  });
});

describe('shards', () => {
  it('are followed through splits and merges, children after their parents', async () => {
    const { stream, put, start, batches } = setUp({ shards: 1, settings: { batchSize: 1 } });
    const [lower, upper] = [keyIn('lower'), keyIn('upper')];
    put(['parent 1'], lower);
    put(['parent 2'], upper);
    const mapping = start();

    stream.split(SHARD_0, 2n ** 127n);
    put(['child 1'], lower);
    put(['child 2'], upper);
    stream.merge('shardId-000000000001', 'shardId-000000000002');
    put(['grandchild'], lower);
    await mapping.drained();
    put(['late'], upper);
    await mapping.drained();

    expect(batches.flat().slice(0, 2)).toEqual(['parent 1', 'parent 2']);
    expect(batches.flat().slice(2, 4).toSorted()).toEqual(['child 1', 'child 2']);
    expect(batches.flat().slice(4)).toEqual(['grandchild', 'late']);
  });

  it('do not begin before a parent is settled', async () => {
    const clock = slowClock();
    const { stream, put, start, batches } = setUp({ clock });
    put(['parent']);
    let isHealthy = false;
    const mapping = start(() => (isHealthy ? done : failed));

    stream.split(SHARD_0, 2n ** 127n);
    put(['child']);
    await vi.waitFor(() => expect(batches.length).toBe(1), 20_000);
    await settled();
    isHealthy = true;
    clock.advance(60_000);
    await mapping.drained();

    expect(batches).toEqual([['parent'], ['parent'], ['child']]);
  });
});

describe('the starting position', () => {
  it.each([
    { startingPosition: { type: 'TRIM_HORIZON' }, seen: ['1', '2', '3'] },
    { startingPosition: { type: 'LATEST' }, seen: ['3'] },
    { startingPosition: { type: 'AT_TIMESTAMP', timestampMs: START_MS + 1000 }, seen: ['2', '3'] },
  ] as const)('$startingPosition.type begins there', async ({ startingPosition, seen }) => {
    const clock = fastClock();
    const { put, start, batches, stream } = setUp({ clock, settings: { startingPosition } });
    put(['1']);
    clock.advance(1000);
    put(['2']);

    const mapping = start();
    put(['3']);
    await mapping.drained();

    expect(batches.flat()).toEqual(seen);
    expect(stream.retainedBytes()).toBe(0);
  });

  it('LATEST does not skip what arrives in a child shard', async () => {
    const { stream, put, start, batches } = setUp({ settings: { startingPosition: { type: 'LATEST' } } });
    put(['before']);
    const mapping = start();

    stream.split(SHARD_0, 2n ** 127n);
    put(['after']);
    await mapping.drained();

    expect(batches).toEqual([['after']]);
  });
});

describe('the end', () => {
  it('sees a running invocation through and begins no other', async () => {
    const { put, start, batches } = setUp({ settings: { batchSize: 1 } });
    let end: (result: InvokeResult) => void = () => {};
    put(['a', 'b']);
    const mapping = start(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    await vi.waitFor(() => expect(batches.length).toBe(1), 20_000);

    const drained = mapping.drained();
    const stopped = mapping.stop();
    end(done);
    await stopped;

    expect(await drained).toBe(false);
    expect(batches).toEqual([['a']]);
    expect(mapping.counters.recordsDone).toBe(1);
  });

  it('ends the wait before a retry', async () => {
    const { put, start, batches } = setUp({ clock: slowClock() });
    put(['a']);
    const mapping = start(() => failed);
    await vi.waitFor(() => expect(batches.length).toBe(1), 20_000);

    await mapping.stop();

    expect(batches.length).toBe(1);
  });

  it('is drained at once when nothing was put', async () => {
    const { start } = setUp({ shards: 3 });

    const mapping = start();

    expect(await mapping.drained()).toBe(true);
  });

  it('lets the stream go of what every mapping has settled', async () => {
    const { stream, put, start } = setUp();
    const [one, other] = [start(), start()];

    for (let round = 0; round < 50; round += 1) put(Array.from({ length: 100 }, () => 'line'));
    await Promise.all([one.drained(), other.drained()]);

    expect(stream.retainedBytes()).toBe(0);
    expect(other.counters.recordsDone).toBe(5000);
  });
});

/** Lets all that can happen without time passing happen. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function keyWhere(test: (hashKey: bigint) => boolean): string {
  for (let i = 0; ; i += 1) {
    if (test(hashKeyOf(`key-${i}`))) return `key-${i}`;
  }
}

/** A partition key of the lower or upper half of the hash keys. */
function keyIn(half: 'lower' | 'upper'): string {
  return keyWhere((hashKey) => hashKey >= 2n ** 127n === (half === 'upper'));
}

function keyOfLane(lane: number): string {
  return keyWhere((hashKey) => hashKey % 3n === BigInt(lane));
}

function keyOfLane2(lane: number): string {
  return keyWhere((hashKey) => hashKey % 2n === BigInt(lane));
}
