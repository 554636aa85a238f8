import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../lambdas/redrive/request.ts';
import type { DestinationId } from '../../lambdas/registry.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import { kinesisRecord, rawRecord, T0 } from '../helpers/engine-harness.ts';
import { createMemoryBucket } from '../helpers/memory-bucket.ts';
import {
  createTestWorld,
  keyOf,
  leftFrom,
  onFailureBody,
  parkedBody,
  type TestWorldOptions,
} from '../helpers/redrive-world.ts';

const MINUTE_MS = 60_000;

function setup(initial: Readonly<Record<string, string>>, options: Partial<TestWorldOptions> = {}) {
  const objects = new Map(Object.entries(initial));
  const world = createTestWorld({ bucket: createMemoryBucket(objects), ...options });
  const lease = (id = 'datadog'): string | undefined => objects.get(`leases/${id}.json`);
  return { ...world, objects, lease };
}

/** A parked object of one record with one line. */
function one(agent: string, atMs: number, name = '1') {
  const record = kinesisRecord({ agent, boot: `b${atMs}${name}`, lines: [`${agent} ${atMs}`] });
  return { key: keyOf(agent, atMs, { name }), record, body: parkedBody([record]) };
}

function stored(...objects: readonly { readonly key: string; readonly body: string }[]) {
  return Object.fromEntries(objects.map(({ key, body }) => [key, body]));
}

function agentsOf(calls: readonly { readonly payload: string }[]): string[] {
  return calls.map(({ payload }) => {
    const event = JSON.parse(payload) as { Records: { kinesis: { data: string } }[] };
    const data = Buffer.from(event.Records[0]?.kinesis.data ?? '', 'base64').toString();
    return data.split('\n')[1] ?? '';
  });
}

describe('redrive of parked objects', () => {
  it('sends them oldest first across agents, removes what is delivered, and gives its lease back', async () => {
    const { run, calls, objects } = setup(
      stored(one('CA_z', T0 + 1), one('CA_a', T0 + 3), one('CA_a', T0 + 2), one('CA_m', T0 + 10_000)),
    );

    const result = await run();

    expect(agentsOf(calls)).toEqual([
      `CA_z ${T0 + 1}`,
      `CA_a ${T0 + 2}`,
      `CA_a ${T0 + 3}`,
      `CA_m ${T0 + 10_000}`,
    ]);
    expect([...objects.keys()]).toEqual([]);
    expect(calls[0]).toMatchObject({
      functionName: 'drain-datadog',
      event: { redrive: true, rejected: false },
    });
    expect(result.destinations.datadog).toMatchObject({
      state: 'done',
      objects: 4,
      cleared: 4,
      lines: 4,
      failed: 0,
      waiting: 0,
    });
    expect(result.destinations.datadog).not.toHaveProperty('oldestMs');
  });

  it('goes through more objects than it keeps in memory, in order', async () => {
    const all = Array.from({ length: 2_100 }, (_, i) => one(`CA_${i % 7}`, T0 + i));
    const { run, calls, objects } = setup(stored(...all.toReversed()));

    await run();

    expect(calls).toHaveLength(2_100);
    const times = agentsOf(calls).map((text) => Number(text.split(' ')[1]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(objects.size).toBe(0);
  });

  it('keeps an object from the first record on that is not delivered, with attempt and next time', async () => {
    const records = ['a', 'b', 'c'].map((text, i) => kinesisRecord({ seq: i, lines: [text] }));
    const key = keyOf('CA_a', T0);
    const { run, objects, clock } = setup(
      { [key]: parkedBody(records, { reason: 'forbidden', answer: 'no', agent_id: 'CA_a' }) },
      { answer: () => leftFrom(records[1]) },
    );

    const result = await run();

    expect(JSON.parse(objects.get(key) ?? '')).toEqual({
      version: 1,
      redrive: true,
      agent_id: 'CA_a',
      reason: 'forbidden',
      answer: 'no',
      attempt: 1,
      tried_ms: clock.nowMs,
      next_ms: clock.nowMs + MINUTE_MS,
      lines: 2,
      Records: records.slice(1),
    });
    expect(result.destinations.datadog).toMatchObject({ lines: 1, failed: 1, failedLines: 2, oldestMs: T0 });
  });

  it('leaves the rest of an agent for the next run after its first failure, and goes on with the others', async () => {
    const [a1, a2, b1] = [one('CA_a', T0), one('CA_a', T0 + 2), one('CA_b', T0 + 1)];
    const { run, calls, objects } = setup(stored(a1, a2, b1), {
      answer: ({ event }) =>
        event.Records[0]?.eventID === a1.record.eventID ? leftFrom(a1.record) : undefined,
    });

    const result = await run();

    expect(calls).toHaveLength(2);
    expect([...objects.keys()]).toEqual([a1.key, a2.key]);
    expect(result.destinations.datadog).toMatchObject({ cleared: 1, failed: 1, waiting: 1, oldestMs: T0 });
  });

  it('waits longer with each failure, from a minute up to six hours, and sends nothing of the agent meanwhile', async () => {
    const [first, second] = [one('CA_a', T0), one('CA_a', T0 + 1)];
    const { run, calls, clock, objects } = setup(stored(first, second), {
      answer: () => ({ kind: 'function-error' }),
      clock: { now: () => clock.nowMs, random: () => 1 },
    });
    const waits: number[] = [];

    for (let i = 0; i < 12; i += 1) {
      await run();
      const { next_ms } = JSON.parse(objects.get(first.key) ?? '') as { next_ms: number };
      waits.push((next_ms - clock.nowMs) / MINUTE_MS);
      const before = calls.length;
      clock.nowMs = next_ms - 1;
      await run();
      expect(calls).toHaveLength(before);
      clock.nowMs = next_ms;
    }

    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360]);
  });

  it('begins the waiting anew after progress', async () => {
    const records = [kinesisRecord({ lines: ['a'] }), kinesisRecord({ seq: 1, lines: ['b'] })];
    const key = keyOf('CA_a', T0);
    const { run, objects } = setup(
      { [key]: parkedBody(records, { attempt: 7, tried_ms: 1, next_ms: 2 }) },
      { answer: () => leftFrom(records[1]) },
    );

    await run();

    expect(JSON.parse(objects.get(key) ?? '')).toMatchObject({ attempt: 1 });
  });

  it('tries the object after one that fails again and again, so that a bad one holds up nobody', async () => {
    const [bad, good] = [one('CA_a', T0), one('CA_a', T0 + 1)];
    const { run, objects, clock } = setup(stored(bad, good), {
      answer: ({ event }) =>
        event.Records[0]?.eventID === bad.record.eventID ? { kind: 'function-error' } : undefined,
    });

    await run();
    const afterFirst = [...objects.keys()];
    clock.nowMs += 10 * MINUTE_MS;
    await run();

    expect(afterFirst).toEqual([bad.key, good.key]);
    expect([...objects.keys()]).toEqual([bad.key]);
  });

  it('tries at most five objects of an agent that fail as they did before', async () => {
    const all = Array.from({ length: 8 }, (_, i) => {
      const parked = one('CA_a', T0 + i);
      return { ...parked, body: parkedBody([parked.record], { attempt: 2, tried_ms: T0, next_ms: T0 }) };
    });
    const { run, calls } = setup(stored(...all), { answer: () => ({ kind: 'function-error' }) });

    await run();

    expect(calls).toHaveLength(5);
  });

  it('is asked for now: tries what waits, each object once in a run that is gone on with', async () => {
    const [a, b] = [one('CA_a', T0), one('CA_b', T0 + 1)];
    const waiting = { ...a, body: parkedBody([a.record], { attempt: 3, tried_ms: T0, next_ms: T0 + 1e9 }) };
    const { run, calls } = setup(stored(waiting, b), {
      answer: () => ({ kind: 'function-error' }),
    });

    const first = await run({ now: true });
    await run({ now: true, startedMs: first.startedMs });

    expect(calls).toHaveLength(2);
  });

  it('gets past an object that failed before, however often a run is gone on with', async () => {
    const [bad, good] = [one('CA_a', T0), one('CA_a', T0 + 1)];
    const failedBefore = parkedBody([bad.record], { attempt: 3, tried_ms: T0, next_ms: T0 });
    const { run, calls, objects } = setup(stored({ ...bad, body: failedBefore }, good), {
      answer: ({ event }) =>
        event.Records[0]?.eventID === bad.record.eventID ? { kind: 'function-error' } : undefined,
    });

    const first = await run({ now: true, maxObjects: 1 });
    await run({ now: true, maxObjects: 1, startedMs: first.startedMs });

    expect(first.destinations.datadog).toMatchObject({ state: 'unfinished', failed: 1, waiting: 1 });
    expect(calls).toHaveLength(2);
    expect([...objects.keys()]).toEqual([bad.key]);
  });

  it('leaves an object alone that a function has written anew meanwhile', async () => {
    const parked = one('CA_a', T0);
    const anew = parkedBody([parked.record, kinesisRecord({ seq: 1, lines: ['more'] })]);
    const objects = new Map([[parked.key, parked.body]]);
    const { run } = createTestWorld({
      bucket: createMemoryBucket(objects),
      answer: () => {
        objects.set(parked.key, anew);
        return undefined;
      },
    });

    const result = await run();

    expect(objects.get(parked.key)).toBe(anew);
    expect(result.destinations.datadog).toMatchObject({ cleared: 0, lines: 1, oldestMs: T0 });
  });

  it.each([
    ['no report', undefined],
    ['a report of another event', { batchItemFailures: [{ itemIdentifier: '123' }] }],
    ['a report without names', { batchItemFailures: [{}] }],
    ['no list', { batchItemFailures: null }],
  ])('takes %s as a failure', async (_, value) => {
    const parked = one('CA_a', T0);
    const { run, objects } = setup(stored(parked), { answer: () => ({ kind: 'returned', value }) });

    await run();

    expect(JSON.parse(objects.get(parked.key) ?? '')).toMatchObject({ attempt: 1, Records: [parked.record] });
  });

  it('stops for a destination whose function cannot be invoked, without blaming the object', async () => {
    const [a, b] = [one('CA_a', T0), one('CA_b', T0 + 1)];
    const { run, calls, objects } = setup(stored(a, b), {
      answer: () => ({ kind: 'unavailable', reason: 'TooManyRequestsException' }),
    });

    const result = await run();

    expect(calls).toHaveLength(1);
    expect(objects.get(a.key)).toBe(a.body);
    expect(result.destinations.datadog).toMatchObject({
      state: 'unavailable',
      reason: 'TooManyRequestsException',
      waiting: 1,
      oldestMs: T0,
    });
  });

  it('leaves, counts and tells what it cannot read, and goes on', async () => {
    const good = one('CA_a', T0 + 5);
    const keys = ['not json', '{"version":2,"redrive":true,"Records":[]}', '[]'].map((body, i) => ({
      key: keyOf('CA_a', T0 + i),
      body,
    }));
    const { run, objects, logs } = setup(stored(...keys, good, { key: 'parked/datadog/readme', body: 'x' }));

    const result = await run();

    expect([...objects.keys()].sort()).toEqual(
      [...keys.map(({ key }) => key), 'parked/datadog/readme'].sort(),
    );
    expect(result.destinations.datadog).toMatchObject({ garbled: 3, cleared: 1, oldestMs: T0 });
    expect(logs.map(({ event }) => event)).toEqual(Array.from({ length: 3 }, () => 'object_unreadable'));
  });

  it('looks at one agent, or at what arrived since, if asked to', async () => {
    const [a, b, late] = [one('CA_a', T0), one('CA_b', T0), one('CA_a', T0 + 60_000)];
    const { run, objects } = setup(stored(a, b, late));

    await run({ agent: 'CA_a', sinceMs: T0 + 1 });

    expect([...objects.keys()]).toEqual([a.key, b.key]);
  });
});

describe('a run', () => {
  it('begins nothing when its time is nearly over, and says so', async () => {
    const { run, calls, clock, objects } = setup(stored(one('CA_a', T0), one('CA_b', T0 + 1)), {
      runMs: 300_000,
      answer: () => {
        clock.nowMs += 230_000;
        return undefined;
      },
    });

    const result = await run();

    expect(calls).toHaveLength(1);
    expect(result.destinations.datadog).toMatchObject({ state: 'unfinished', waiting: 1, oldestMs: T0 + 1 });
    expect([...objects.keys()]).toEqual([keyOf('CA_b', T0 + 1)]);
  });

  it('keeps to its bound on objects', async () => {
    const { run, calls } = setup(stored(one('CA_a', T0), one('CA_b', T0 + 1)), { maxObjects: 1 });

    const result = await run();

    expect(calls).toHaveLength(1);
    expect(result.destinations.datadog?.state).toBe('unfinished');
  });

  it('stands back while another run holds the lease, and takes an expired one over', async () => {
    const parked = one('CA_a', T0);
    const { run, objects, calls, clock, lease } = setup({
      ...stored(parked),
      'leases/datadog.json': JSON.stringify({ owner: 'other', expires_ms: T0 + 3_600_001 }),
    });

    const busy = await run();
    const callsWhileBusy = calls.length;
    const leaseWhileBusy = lease();
    clock.nowMs += 1;
    const done = await run();

    expect(busy.destinations.datadog?.state).toBe('busy');
    expect(callsWhileBusy).toBe(0);
    expect(leaseWhileBusy).toContain('other');
    expect(done.destinations.datadog).toMatchObject({ state: 'done', cleared: 1 });
    expect(objects.size).toBe(0);
  });

  it('works on when the answer to its lease was lost and the SDK asked again', async () => {
    const parked = one('CA_a', T0);
    const objects = new Map([[parked.key, parked.body]]);
    const memory = createMemoryBucket(objects);
    const bucket: Bucket = {
      ...memory,
      put: async (key, body, condition) => {
        const first = await memory.put(key, body, condition);
        return 'absent' in condition ? memory.put(key, body, condition) : first;
      },
    };
    const { run } = createTestWorld({ bucket });

    const result = await run();

    expect(result.destinations.datadog).toMatchObject({ state: 'done', cleared: 1 });
    expect(objects.size).toBe(0);
  });

  it.each(['s3', 'otlp-http', 'x2-y-3'])(
    'finds all that a destination called %s has put aside',
    async (id) => {
      const [parked = '', rejected = ''] = ['parked', 'rejected'].map((kind) =>
        keyOf('CA_a', T0, { kind }).replace('datadog', id),
      );
      const unreadable = parked.replace('parked/', 'unreadable/').replace('/CA_a/', '/');
      const objects = new Map([parked, rejected, unreadable].map((key) => [key, one('CA_a', T0).body]));
      const { run, calls } = createTestWorld({
        bucket: createMemoryBucket(objects),
        functions: new Map([[id as DestinationId, 'fn']]),
      });

      await run();
      expect([...objects.keys()]).toEqual([rejected, unreadable]);
      await run({ rejected: true });

      expect([...objects.keys()]).toEqual([]);
      expect(calls.map(({ functionName }) => functionName)).toEqual(['fn', 'fn', 'fn']);
    },
  );

  it('of two at the same time, one works', async () => {
    const { run, calls } = setup(stored(one('CA_a', T0), one('CA_b', T0)));

    const results = await Promise.all([run(), run()]);

    expect(results.map(({ destinations }) => destinations.datadog?.state).sort()).toEqual(['busy', 'done']);
    expect(calls).toHaveLength(2);
  });

  it('goes on with other destinations when the bucket or a function fails for one', async () => {
    const objects = new Map<string, string>();
    for (const id of ['datadog', 'splunk', 'syslog']) {
      objects.set(keyOf('CA_a', T0).replace('datadog', id), one('CA_a', T0).body);
    }
    const memory = createMemoryBucket(objects);
    const bucket: Bucket = {
      ...memory,
      list: (prefix) => {
        if (prefix.startsWith('parked/datadog') || prefix.startsWith('aws/')) throw new TypeError('broken');
        return memory.list(prefix);
      },
    };
    const { run } = createTestWorld({
      bucket,
      functions: new Map([
        ['datadog', 'd'],
        ['splunk', 's'],
        ['syslog', 'y'],
      ]),
      answer: ({ functionName }) =>
        functionName === 's' ? { kind: 'unavailable', reason: 'AccessDeniedException' } : undefined,
    });

    const result = await run();

    expect(result.onFailureTrouble).toBe('TypeError');
    expect(result.destinations).toMatchObject({
      datadog: { state: 'unavailable', reason: 'TypeError' },
      splunk: { state: 'unavailable', reason: 'AccessDeniedException' },
      syslog: { state: 'done', cleared: 1 },
    });
    expect([...objects.keys()].filter((key) => key.startsWith('leases/'))).toEqual([]);
  });

  it('only looks with dryRun', async () => {
    const parked = one('CA_a', T0);
    const { run, calls, objects } = setup({
      ...stored(parked),
      'aws/lambda/m1/shardId-0/2026/01/15/2026-01-15T10.30.00-x': onFailureBody([parked.record]),
      'aws/lambda/m2/shardId-0/2026/01/15/2026-01-15T10.30.00-x': 'what?',
    });
    const before = new Map(objects);

    const result = await run({ dryRun: true });

    expect(calls).toEqual([]);
    expect(objects).toEqual(before);
    expect(result).toMatchObject({
      unknown: 1,
      destinations: { datadog: { state: 'done', objects: 2, onFailure: 1, oldestMs: T0 } },
    });
  });
});

describe('redrive of rejected lines and unreadable records', () => {
  const rejected = {
    key: keyOf('CA_a', T0, { kind: 'rejected', name: '1-0' }),
    body: parkedBody([kinesisRecord({ lines: ['bad'] })], { rejected: true }),
  };
  const other = { ...rejected, key: keyOf('CA_a', T0 + 1, { kind: 'rejected', name: '2-0' }) };
  const unreadable = {
    key: `unreadable/datadog/2026/01/15/${T0}-1.json`,
    body: parkedBody([rawRecord(Buffer.from('?'))], { rejected: true }),
  };

  it('happens only when asked for', async () => {
    const { run, calls, objects } = setup(stored(rejected, unreadable));

    await run();

    expect(calls).toEqual([]);
    expect(objects.size).toBe(2);
  });

  it('tries each object, whatever came of those before, and says that its lines were rejected', async () => {
    const parked = one('CA_a', T0);
    const { run, calls, objects } = setup(stored(rejected, other, unreadable, parked), {
      answer: (call) => (calls.length === 1 ? leftFrom(call.event.Records[0]) : undefined),
    });

    await run({ rejected: true, now: true });

    expect(calls.map(({ event }) => event.rejected)).toEqual([true, true, true]);
    expect([...objects.keys()].sort()).toEqual([parked.key, rejected.key].sort());
  });
});

describe('redrive of batches that Lambda put aside', () => {
  const key = (name: string, mapping = 'm1'): string =>
    `aws/lambda/${mapping}/shardId-000000000000/2026/01/15/2026-01-15T10.30.0${name}`;

  it.each([
    ['a JSON string', false],
    ['an object', true],
  ])('takes the event as %s, finds the function by its ARN, and sends by agent', async (_, asObject) => {
    const records = ['CA_a', 'CA_b', 'CA_a'].map((agent, i) =>
      kinesisRecord({ agent, boot: `b${i}`, lines: [`${agent} line`] }),
    );
    const { run, calls, objects } = setup({
      [key('0-x')]: onFailureBody(records, { functionName: 'drain-datadog:live', asObject }),
    });

    const result = await run();

    expect(calls.map(({ event }) => event.Records.map(({ eventID }) => eventID))).toEqual([
      [records[0]?.eventID, records[2]?.eventID],
      [records[1]?.eventID],
    ]);
    expect(calls[0]?.event.redrive).toBe(true);
    expect(objects.size).toBe(0);
    expect(result.destinations.datadog).toMatchObject({ onFailure: 1, cleared: 1, lines: 3 });
  });

  it('keeps only what one agent could not get delivered', async () => {
    const [a, b, a2] = ['CA_a', 'CA_b', 'CA_a'].map((agent, i) =>
      kinesisRecord({ agent, boot: `b${i}`, lines: ['x'] }),
    );
    const batch = [a, b, a2].flatMap((record) => record ?? []);
    const { run, objects } = setup(
      { [key('0-x')]: onFailureBody(batch) },
      { answer: ({ event }) => (event.Records.length === 2 ? leftFrom(a2) : undefined) },
    );

    await run();

    const left = JSON.parse(objects.get(key('0-x')) ?? '') as { payload: string; attempt: number };
    expect(left).toMatchObject({ attempt: 1, KinesisBatchInfo: { batchSize: 3 } });
    expect(JSON.parse(left.payload)).toEqual({ Records: [a2] });
  });

  it('leaves, counts and tells batches of functions that are none of ours, and garbled ones', async () => {
    const record = kinesisRecord({ lines: ['x'] });
    const { run, objects, logs, calls } = setup({
      [key('0-x')]: onFailureBody([record], { functionName: 'somebody-else' }),
      [key('1-x')]:
        '{"requestContext":{"functionArn":"a:function:drain-datadog"},"payload":"{\\"Records\\":[1]}"}',
      [key('2-x', 'm2')]: onFailureBody([record]),
    });

    const result = await run();

    expect(result.unknown).toBe(2);
    expect(calls).toHaveLength(1);
    expect(objects.size).toBe(2);
    expect(logs.map(({ event }) => event)).toEqual(['batch_of_unknown_function', 'object_unreadable']);
  });
});

describe('an event for a function', () => {
  it('is cut to the quota, in order, and the rest of an agent stays after a failure', async () => {
    const records = Array.from({ length: 10 }, (_, i) => kinesisRecord({ seq: i, lines: ['x'.repeat(500)] }));
    const { run, calls } = setup(
      { [keyOf('CA_a', T0)]: parkedBody(records) },
      {
        maxPayloadBytes: 4_000,
        answer: ({ event }) => (calls.length === 2 ? leftFrom(event.Records[0]) : undefined),
      },
    );

    const result = await run();

    expect(calls).toHaveLength(2);
    for (const { payload } of calls) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(4_000);
    const sent = calls[0]?.event.Records.length ?? 0;
    expect(sent).toBeGreaterThan(1);
    expect(result.destinations.datadog).toMatchObject({ lines: sent, failedLines: 10 - sent });
  });

  it('has a record that is too large compressed, or the record stays', async () => {
    const text = JSON.stringify([{ agent_id: 'CA_a', message: 'y'.repeat(10_000) }]);
    const random = Array.from({ length: 50 }, (_, i) =>
      createHash('sha256').update(`${i}`).digest('hex'),
    ).join('');
    const large = rawRecord(Buffer.from(text));
    const hopeless = rawRecord(Buffer.from(JSON.stringify([{ agent_id: 'CA_b', message: random }])));
    const { run, calls, objects, logs } = setup(
      {
        [keyOf('CA_a', T0)]: parkedBody([large]),
        [keyOf('CA_b', T0)]: parkedBody([hopeless]),
      },
      { maxPayloadBytes: 700 },
    );

    await run();

    expect(calls).toHaveLength(1);
    const data = Buffer.from(calls[0]?.event.Records[0]?.kinesis.data ?? '', 'base64');
    expect(gunzipSync(data).toString()).toBe(text);
    expect(objects.has(keyOf('CA_b', T0))).toBe(true);
    expect(logs).toMatchObject([{ event: 'redrive_failed', fields: { reason: 'too-large' } }]);
  });
});

describe('a request', () => {
  it('of a schedule asks for nothing in particular', () => {
    const event = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };

    expect(parseRequest(event, ['datadog'])).toEqual({ rejected: false, dryRun: false, now: false });
    expect(parseRequest(undefined, ['datadog'])).toEqual({ rejected: false, dryRun: false, now: false });
  });

  it('reads times as numbers or text', () => {
    const since = '2026-01-15T10:30:00Z';

    expect(parseRequest({ since, destination: 'datadog' }, ['datadog'])).toMatchObject({
      sinceMs: T0,
      destination: 'datadog',
    });
    expect(parseRequest({ since: T0 }, ['datadog']).sinceMs).toBe(T0);
  });

  it.each([
    [{ destination: 'loki' }, 'destination must be one of datadog'],
    [{ since: 'yesterday' }, 'since'],
    [{ dryRun: 'yes' }, 'dryRun'],
  ])('%j is refused with words', (event, words) => {
    expect(() => parseRequest(event, ['datadog'])).toThrow(words);
  });
});
