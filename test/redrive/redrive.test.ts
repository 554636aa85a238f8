import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../lambdas/redrive/base/request.ts';
import type { DestinationId } from '../../lambdas/registry.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import { kinesisRecord, rawRecord, T0 } from '../helpers/engine-harness.ts';
import { createMemoryBucket } from '../helpers/memory-bucket.ts';
import {
  type Answer,
  type Call,
  createTestWorld,
  keyOf,
  onFailureBody,
  parkedBody,
  type TestWorldOptions,
  undelivered,
} from '../helpers/redrive-world.ts';

const MINUTE_MS = 60_000;

function setup(initial: Readonly<Record<string, string>>, options: Partial<TestWorldOptions> = {}) {
  const objects = new Map(Object.entries(initial));
  const world = createTestWorld({ bucket: createMemoryBucket(objects), ...options });
  const lease = (id = 'datadog'): string | undefined => objects.get(`leases/${id}.json`);
  /** Objects with lines. */
  const keys = (): string[] => [...objects.keys()].filter((key) => !key.startsWith('redrive/')).sort();
  return { ...world, objects, lease, keys };
}

/** A parked object of one record with one line. */
function one(agent: string, atMs: number, name = '1') {
  const record = kinesisRecord({ agent, boot: `b${atMs}${name}`, lines: [`${agent} ${atMs}`] });
  return { key: keyOf(agent, atMs, { name }), record, body: parkedBody([record], { agent_id: agent }) };
}

function many(agent: string, count: number) {
  return Array.from({ length: count }, (_, i) => one(agent, T0 + i));
}

function stored(...objects: readonly { readonly key: string; readonly body: string }[]) {
  return Object.fromEntries(objects.map(({ key, body }) => [key, body]));
}

function textsOf({ event }: Call): string[] {
  return event.Records.map(
    ({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString().split('\n')[1] ?? '',
  );
}

/** The objects of these agents are left. */
function refusing(...agents: readonly string[]): Answer {
  return (call) => {
    const texts = textsOf(call);
    const places = new Map(call.event.Records.map((record, i) => [record, texts[i] ?? '']));
    return undelivered(
      call,
      (record) => agents.some((agent) => places.get(record)?.startsWith(agent)),
      'forbidden',
    );
  };
}

function laterKey(key: string): string {
  return key.replace('parked/', 'parked-later/');
}

describe('redrive of parked objects', () => {
  it('sends an agent’s in order, in ever larger events, removes them, and gives its lease back', async () => {
    const { run, calls, objects } = setup(stored(...many('CA_a', 100).toReversed(), one('CA_z', T0)));

    const result = await run();

    expect(calls.map(textsOf).map(({ length }) => length)).toEqual([2, 8, 64, 27]);
    const ofA = calls.flatMap(textsOf).filter((text) => text.startsWith('CA_a'));
    expect(ofA).toEqual(Array.from({ length: 100 }, (_, i) => `CA_a ${T0 + i}`));
    expect([...objects.keys()]).toEqual([]);
    expect(calls[0]).toMatchObject({
      functionName: 'drain-datadog',
      event: { redrive: true, rejected: false },
    });
    expect(result.destinations.datadog).toMatchObject({
      state: 'done',
      objects: 101,
      cleared: 101,
      lines: 101,
      failed: 0,
      waiting: {},
    });
    expect(result.destinations.datadog).not.toHaveProperty('oldestMs');
  });

  it('tries agents that fail in every run, with one object each in one event, and sends the others’ meanwhile', async () => {
    const bad = ['CA_a', 'CA_b', 'CA_c'];
    const { run, calls, keys, clock, logs } = setup(
      stored(...bad.flatMap((agent) => many(agent, 5)), ...many('CA_good', 50)),
      { answer: refusing(...bad) },
    );

    const result = await run();
    const first = calls.length;
    clock.nowMs += 5 * MINUTE_MS;
    await run();

    expect(textsOf(calls[0] as Call).map((text) => text.split(' ')[0])).toEqual([...bad, 'CA_good']);
    expect(calls.slice(first).map(textsOf)).toHaveLength(1);
    expect(textsOf(calls[first] as Call)).toHaveLength(3);
    expect(keys()).toHaveLength(15);
    expect(result.destinations.datadog).toMatchObject({
      state: 'done',
      cleared: 50,
      failed: 3,
      waiting: { forbidden: 3 },
      oldestMs: T0,
    });
    expect(logs).toContainEqual({
      event: 'redrive_failed',
      fields: { destination: 'datadog', reason: 'forbidden', agents: 3, some: bad },
    });
  });

  it('takes out of an object what was delivered, wherever it stands', async () => {
    const records = ['a', 'b', 'c'].map((text, i) => kinesisRecord({ seq: i, lines: [text] }));
    const key = keyOf('CA_a', T0);
    const earlier = { attempt: 7, tried_ms: 1, next_ms: 2 };
    const { run, objects } = setup(
      { [key]: parkedBody(records, { reason: 'forbidden', answer: 'no', agent_id: 'CA_a', ...earlier }) },
      { answer: (call) => undelivered(call, (record) => record.eventID !== records[1]?.eventID) },
    );

    const result = await run({ maxObjects: 1 });

    expect(JSON.parse(objects.get(key) ?? '')).toEqual({
      version: 1,
      redrive: true,
      agent_id: 'CA_a',
      reason: 'forbidden',
      answer: 'no',
      lines: 2,
      Records: [records[0], records[2]],
    });
    expect(result.destinations.datadog).toMatchObject({ lines: 1, failed: 1, failedLines: 2 });
  });

  it('tells parts of one record apart, which share its names', async () => {
    const record = kinesisRecord({ lines: ['x'] });
    const [first, second] = [one('CA_a', T0), one('CA_b', T0)];
    const bodies = [first, second].map(({ key }) => ({ key, body: parkedBody([record]) }));
    const { run, keys } = setup(stored(...bodies), {
      answer: () => ({
        kind: 'returned',
        value: { batchItemFailures: [], undelivered: [{ object: 1, records: [0], reason: 'down' }] },
      }),
    });

    await run();

    expect(keys()).toEqual([second.key]);
  });

  it('knows by itself what it learned in a run before, and starts anew when that is lost', async () => {
    const { run, objects, clock } = setup(stored(...many('CA_a', 2)), { answer: refusing('CA_a') });

    await run();
    const known = objects.get('redrive/datadog.json') ?? '';
    clock.nowMs += 5 * MINUTE_MS;
    objects.set('redrive/datadog.json', '{"version":1,"folders":[{"kind":"what?"}]}');
    const result = await run();

    expect(JSON.parse(known)).toMatchObject({
      folders: [{ kind: 'parked', agent: 'CA_a', failures: 1, reason: 'forbidden', oldest_ms: T0 }],
    });
    expect(result.destinations.datadog).toMatchObject({ state: 'done', waiting: { forbidden: 1 } });
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
    expect(result.destinations.datadog).toMatchObject({ cleared: 0, lines: 1 });
  });

  it.each([
    ['no report', undefined],
    ['a report of another event', { batchItemFailures: [{ itemIdentifier: '123' }] }],
    [
      'a report of more objects',
      { batchItemFailures: [], undelivered: [{ object: 7, records: [0], reason: 'r' }] },
    ],
    ['a report without names', { batchItemFailures: [{}] }],
    ['no list', { batchItemFailures: null }],
  ])('takes %s as a failure', async (_, value) => {
    const parked = one('CA_a', T0);
    const { run, objects } = setup(stored(parked), { answer: () => ({ kind: 'returned', value }) });

    const result = await run();

    expect(objects.get(parked.key)).toBe(parked.body);
    expect(result.destinations.datadog?.waiting).toEqual({ 'bad-report': 1 });
  });

  it('lines of agents without settings stay, and the run says why', async () => {
    const { run, keys } = setup(stored(one('CA_a', T0)), {
      answer: (call) => undelivered(call, () => true, 'no-settings'),
    });

    const result = await run();

    expect(keys()).toHaveLength(1);
    expect(result.destinations.datadog?.waiting).toEqual({ 'no-settings': 1 });
  });

  it('looks at one agent, or at what arrived since, if asked to', async () => {
    const [a, b, late] = [one('CA_a', T0), one('CA_b', T0), one('CA_a', T0 + 60_000)];
    const { run, keys } = setup(stored(a, b, late));

    await run({ agent: 'CA_a', sinceMs: T0 + 1 });
    const left = keys();
    await run({ agent: 'CA_b' });

    expect(left).toEqual([a.key, b.key]);
    expect(keys()).toEqual([a.key]);
  });

  it('tells of destinations that are not deployed and have lines parked', async () => {
    const { run, logs } = setup({ [keyOf('CA_a', T0).replace('datadog', 'splunk')]: one('CA_a', T0).body });

    const result = await run();

    expect(result.notDeployed).toEqual(['splunk']);
    expect(logs.map(({ event }) => event)).toEqual(['destination_not_deployed']);
  });
});

describe('an object that is bad by itself', () => {
  const bad = one('CA_a', T0 + 3);
  const isBad = ({ event }: Call): boolean =>
    event.Records.some(({ eventID }) => eventID === bad.record.eventID);

  it.each([
    [
      'the function crashes over',
      'function-error',
      (): ReturnType<typeof undelivered> => ({ kind: 'function-error' }),
    ],
    ['the service fails with', 'down', (call: Call) => undelivered(call)],
  ])('that %s is put behind the others, which are delivered', async (_, reason, fail) => {
    const { run, keys } = setup(stored(...many('CA_a', 3), bad, ...many('CA_a', 200).slice(4)), {
      answer: (call) => (isBad(call) ? fail(call) : undefined),
    });

    const result = await run();

    expect(keys()).toEqual([laterKey(bad.key)]);
    expect(result.destinations.datadog).toMatchObject({
      state: 'done',
      cleared: 199,
      setAside: 1,
      waiting: { [reason]: 1 },
    });
  });

  it('waits behind what is due and younger, and is sent when it is bad no more', async () => {
    let isHealed = false;
    const world = setup(stored(...many('CA_a', 3), bad, one('CA_a', T0 + 5)), {
      answer: (call) => (isBad(call) && !isHealed ? { kind: 'function-error' } : undefined),
    });
    await world.run();
    const younger = one('CA_a', T0 + 10);
    world.objects.set(younger.key, younger.body);
    world.calls.length = 0;
    isHealed = true;
    world.clock.nowMs += 5 * MINUTE_MS;

    await world.run();

    expect(world.calls.flatMap(textsOf)).toEqual([`CA_a ${T0 + 10}`, `CA_a ${T0 + 3}`]);
    expect(world.keys()).toEqual([]);
  });

  it('is told, and holds up nobody, where it cannot be read at all', async () => {
    const good = one('CA_a', T0 + 5);
    const garbled = ['not json', '{"version":2,"redrive":true,"Records":[]}', '[]'].map((body, i) => ({
      key: keyOf('CA_a', T0 + i),
      body,
    }));
    const { run, keys, logs } = setup(stored(...garbled, good, { key: 'parked/datadog/readme', body: 'x' }));

    const result = await run();

    expect(keys()).toEqual([...garbled.map(({ key }) => laterKey(key)), 'parked/datadog/readme'].sort());
    expect(result.destinations.datadog).toMatchObject({ cleared: 1, setAside: 3 });
    expect(new Set(logs.map(({ event }) => event))).toContain('object_unreadable');
  });

  it('stays where it is while nothing of its agent is delivered', async () => {
    const { run, keys, clock } = setup(stored(...many('CA_a', 40)), {
      answer: () => ({ kind: 'function-error' }),
    });

    for (let i = 0; i < 5; i += 1) {
      await run();
      clock.nowMs += 5 * MINUTE_MS;
    }

    expect(keys()).toHaveLength(40);
    expect(keys().filter((key) => key.startsWith('parked-later/'))).toEqual([]);
  });

  it('is found behind a thousand others that are bad too', async () => {
    const all = many('CA_a', 1_100);
    const { run, keys, clock } = setup(stored(...all), {
      answer: (call) => {
        const isAnyBad = textsOf(call).some((text) => Number(text.split(' ')[1]) < T0 + 1_090);
        return isAnyBad ? { kind: 'function-error' } : undefined;
      },
    });

    for (let i = 0; i < 6; i += 1) {
      await run();
      clock.nowMs += 5 * MINUTE_MS;
    }

    expect(keys()).toHaveLength(1_090);
    expect(keys().every((key) => key.startsWith('parked-later/'))).toBe(true);
  });
});

describe('a function', () => {
  it('that has no room is asked again, with less side by side, and the run goes on', async () => {
    let throttled = 5;
    const { run, objects } = setup(stored(...many('CA_a', 30)), {
      answer: () => {
        throttled -= 1;
        return throttled < 0 ? undefined : { kind: 'unavailable', reason: 'TooManyRequestsException' };
      },
    });

    const result = await run();

    expect(objects.size).toBe(0);
    expect(result.destinations.datadog).toMatchObject({ state: 'done', cleared: 30 });
  });

  it('that cannot be invoked ends the run, and no object is blamed', async () => {
    const [a, b] = [one('CA_a', T0), one('CA_b', T0 + 1)];
    const { run, calls, objects } = setup(stored(a, b), {
      answer: () => ({ kind: 'unavailable', reason: 'AccessDeniedException' }),
    });

    const result = await run();

    expect(calls).toHaveLength(3);
    expect([...objects.keys()]).toEqual([a.key, b.key]);
    expect(result.destinations.datadog).toMatchObject({
      state: 'unavailable',
      reason: 'AccessDeniedException',
      waiting: { 'not-tried': 2 },
    });
  });

  it('that crashes over one agent’s object in an event gets the others’ delivered, each alone', async () => {
    const agents = Array.from({ length: 10 }, (_, i) => `CA_${i}`);
    const { run, keys } = setup(stored(...agents.map((agent) => one(agent, T0))), {
      answer: (call) =>
        textsOf(call).some((text) => text.startsWith('CA_7')) ? { kind: 'function-error' } : undefined,
    });

    await run();

    expect(keys()).toEqual([keyOf('CA_7', T0)]);
  });

  it('that crashes over everything is not asked ten thousand times', async () => {
    const agents = Array.from({ length: 500 }, (_, i) => `CA_${i}`);
    const { run, calls } = setup(stored(...agents.map((agent) => one(agent, T0))), {
      answer: () => ({ kind: 'function-error' }),
    });

    const result = await run();

    expect(calls.length).toBeLessThan(80);
    expect(result.destinations.datadog).toMatchObject({ state: 'unavailable', reason: 'function-error' });
  });

  it('of an earlier version takes objects one by one, and names the first record that is left', async () => {
    const records = ['a', 'b', 'c'].map((text, i) => kinesisRecord({ agent: 'CA_b', seq: i, lines: [text] }));
    const key = keyOf('CA_b', T0);
    const { run, objects, keys } = setup(stored(one('CA_a', T0), { key, body: parkedBody(records) }), {
      answer: ({ payload }) => {
        const event = JSON.parse(payload) as { readonly Records?: typeof records };
        if (event.Records === undefined) return { kind: 'function-error' };
        const itemIdentifier = records[1]?.kinesis.sequenceNumber;
        const isB = event.Records[0]?.eventID !== undefined && event.Records.length > 1;
        return { kind: 'returned', value: { batchItemFailures: isB ? [{ itemIdentifier }] : [] } };
      },
    });

    await run({ maxObjects: 4 });

    expect(keys()).toEqual([key]);
    expect(JSON.parse(objects.get(key) ?? '')).toMatchObject({ lines: 2, Records: records.slice(1) });
  });
});

describe('a run', () => {
  it('begins nothing when its time is nearly over, and says so', async () => {
    const { run, calls, clock, objects } = setup(stored(...many('CA_a', 2)), {
      runMs: 300_000,
      answer: () => {
        clock.nowMs += 230_000;
        return undefined;
      },
    });

    const result = await run();

    expect(calls).toHaveLength(1);
    expect(result.destinations.datadog).toMatchObject({ state: 'unfinished', waiting: { 'not-tried': 1 } });
    expect([...objects.keys()]).toEqual([keyOf('CA_a', T0 + 1)]);
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
    expect(calls).toHaveLength(1);
  });

  it('goes on with other destinations when the bucket or a function fails for one', async () => {
    const objects = new Map<string, string>();
    for (const id of ['datadog', 'splunk', 'syslog']) {
      objects.set(keyOf('CA_a', T0).replace('datadog', id), one('CA_a', T0).body);
    }
    const memory = createMemoryBucket(objects);
    const bucket: Bucket = {
      ...memory,
      list: async (query) => {
        if (query.prefix.startsWith('parked/datadog')) throw new TypeError('broken');
        return memory.list(query);
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
    const { run, calls, keys } = setup(stored(rejected, other, unreadable, parked), {
      answer: (call) =>
        calls.length === 1 ? undelivered(call, (record) => record === call.event.Records[0]) : undefined,
    });

    await run({ rejected: true, now: true });

    expect(calls.map(({ event }) => event.rejected)).toEqual([true, true]);
    expect(keys()).toEqual([parked.key, rejected.key].sort());
  });
});

describe('redrive of batches that Lambda put aside', () => {
  const key = (name: string, mapping = 'm1'): string =>
    `aws/lambda/${mapping}/shardId-000000000000/2026/01/15/2026-01-15T10.30.0${name}`;

  it.each([
    ['a JSON string', false],
    ['an object', true],
  ])('takes the event as %s, and makes objects of its agents of it, which are sent', async (_, asObject) => {
    const records = ['CA_a', 'CA_b', 'CA_a'].map((agent, i) =>
      kinesisRecord({ agent, boot: `b${i}`, lines: [`${agent} line`] }),
    );
    const { run, calls, keys } = setup({
      [key('0-x')]: onFailureBody(records, { functionName: 'drain-datadog:live', asObject }),
    });

    const result = await run();

    const ids = new Set(calls.flatMap(({ event }) => event.Records.map(({ eventID }) => eventID)));
    expect(ids).toEqual(new Set(records.map(({ eventID }) => eventID)));
    expect(keys()).toEqual([]);
    expect(result.destinations.datadog).toMatchObject({ onFailure: 1, cleared: 2, lines: 3 });
  });

  it('one refused agent’s lines in every batch hold up nobody', async () => {
    const batches = Array.from({ length: 50 }, (_, i) =>
      onFailureBody(
        ['CA_refused', 'CA_well'].map((agent) =>
          kinesisRecord({ agent, boot: `b${i}`, lines: [`${agent} ${i}`] }),
        ),
      ),
    );
    const { run, keys } = setup(
      Object.fromEntries(batches.map((body, i) => [key(`0-${String(i).padStart(2, '0')}`), body])),
      { answer: refusing('CA_refused') },
    );

    const result = await run();

    expect(result.destinations.datadog).toMatchObject({
      onFailure: 50,
      lines: 50,
      waiting: { forbidden: 1 },
    });
    expect(keys()).toHaveLength(50);
    expect(keys().every((one_) => one_.startsWith('parked/datadog/CA_refused/'))).toBe(true);
  });

  it('cuts records of several agents into theirs, under the names that their lines have', async () => {
    const lines = ['CA_a', 'CA_b', 'CA_a'].map((agent_id, i) => ({
      agent_id,
      worker_id: 'w',
      message: `m${i}`,
    }));
    const record = rawRecord(Buffer.from(JSON.stringify(lines)));
    const unreadable = rawRecord(Buffer.from('?'));
    const { run, calls, keys } = setup({ [key('0-x')]: onFailureBody([record, unreadable]) });

    await run();

    const sent = calls.flatMap(({ event }) => event.Records);
    expect(sent.map(({ eventID }) => eventID)).toEqual([record.eventID, record.eventID]);
    const indexes = sent.map(({ kinesis }) =>
      (
        JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as {
          message: string;
          log_drain_index?: number;
        }[]
      ).map(({ message, log_drain_index: index }) => [message, index]),
    );
    expect(indexes).toEqual([
      [
        ['m0', undefined],
        ['m2', 2],
      ],
      [['m1', 1]],
    ]);
    expect(keys().map((one_) => one_.split('/')[0])).toEqual(['unreadable']);
  });

  it('makes the same objects of a batch that a run did not live to remove', async () => {
    const record = kinesisRecord({ agent: 'CA_a', lines: ['x'] });
    const objects = new Map([[key('0-x'), onFailureBody([record])]]);
    const memory = createMemoryBucket(objects);
    let isBroken = true;
    const bucket: Bucket = {
      ...memory,
      delete: async (name, etag) => {
        if (isBroken && name.startsWith('aws/')) throw new TypeError('died');
        return memory.delete(name, etag);
      },
    };
    const { run } = createTestWorld({ bucket, answer: refusing('CA_a', 'x') });
    const parked = (): string[] => [...objects.keys()].filter((name) => name.startsWith('parked/'));

    await run();
    const first = parked();
    isBroken = false;
    await run();

    expect(first).toHaveLength(1);
    expect(parked()).toEqual(first);
    expect(objects.has(key('0-x'))).toBe(false);
  });

  it('leaves, counts and tells batches of functions that are none of ours, and garbled ones', async () => {
    const record = kinesisRecord({ lines: ['x'] });
    const { run, keys, logs, calls } = setup({
      [key('0-x')]: onFailureBody([record], { functionName: 'somebody-else' }),
      [key('1-x', 'm2')]:
        '{"requestContext":{"functionArn":"a:function:drain-datadog"},"payload":"{\\"Records\\":[1]}"}',
      [key('2-x', 'm2')]: onFailureBody([record]),
    });

    const result = await run();

    expect(result.unknown).toBe(1);
    expect(result.destinations.datadog).toMatchObject({ garbled: 1, onFailureLeft: 1, cleared: 1 });
    expect(calls).toHaveLength(1);
    expect(keys()).toHaveLength(2);
    expect(logs.map(({ event }) => event)).toEqual(['batch_of_unknown_function', 'object_unreadable']);
  });
});

describe('an event for a function', () => {
  it('is bounded in bytes, and an object that is too large by itself goes out of the way', async () => {
    const large = { ...one('CA_a', T0), body: parkedBody([kinesisRecord({ lines: ['y'.repeat(10_000)] })]) };
    const { run, calls, keys } = setup(stored(large, ...many('CA_a', 60).slice(1), ...many('CA_b', 60)), {
      maxPayloadBytes: 4_000,
    });

    for (let i = 0; i < 3; i += 1) await run();

    for (const { payload } of calls) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(4_000);
    expect(Math.max(...calls.map(({ event }) => event.Records.length))).toBeGreaterThan(3);
    expect(keys()).toEqual([laterKey(large.key)]);
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
