import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../lambdas/redrive/base/request.ts';
import { kinesisRecord, T0 } from '../helpers/engine-harness.ts';
import { createMemoryBucket } from '../helpers/memory-bucket.ts';
import { createTestWorld, keyOf, onFailureBody, parkedBody } from '../helpers/redrive-world.ts';
import { HOSTILE_AGENT_IDS } from './hostile-ids.ts';

const RECORD = kinesisRecord({ lines: ['a line'] });
const BODY = parkedBody([RECORD]);

function worldOf(objects: Map<string, string>) {
  return createTestWorld({ bucket: createMemoryBucket(objects) });
}

describe('redrive of objects that none of us named', () => {
  const keys = [
    ...HOSTILE_AGENT_IDS.map(([, id]) => keyOf(id, T0)),
    ...HOSTILE_AGENT_IDS.map(([, id]) => keyOf('CA_x', T0, { name: id })),
    ...HOSTILE_AGENT_IDS.map(([, id]) => keyOf(id, T0, { kind: 'rejected' })),
    'unreadable/datadog/2026/01/15/1768473000000-../../../leases/datadog.json',
    'unreadable/datadog/2026/01/15/1768473000000-1\n.json',
    'aws/lambda/../../parked/datadog/x',
    'aws/lambda/mapping/shard/\u001b[2J',
    'aws/lambda/mapping\n/shard/x',
  ];

  it.each([{ rejected: false }, { rejected: true }])('passes them over: %j', async (request) => {
    const objects = new Map(keys.map((key) => [key, BODY]));
    const world = worldOf(objects);

    const result = await world.run(request);

    expect(world.calls).toEqual([]);
    expect(world.logs).toEqual([]);
    expect(result.destinations.datadog).toMatchObject({ state: 'done', objects: 0, garbled: 0 });
    expect(new Map([...objects].filter(([key]) => !/^(?:leases|redrive)\//.test(key)))).toEqual(
      new Map(keys.map((key) => [key, BODY])),
    );
  });
});

describe('redrive of objects whose bodies somebody has written', () => {
  const MARKER = 'marker-of-a-body';
  const { kinesis } = RECORD;
  const withKinesis = (more: object) => parkedBody([{ ...RECORD, kinesis: { ...kinesis, ...more } }]);

  it.each([
    ['nothing', ''],
    ['no JSON', `{"${MARKER}`],
    ['null', 'null'],
    ['depth', `${'['.repeat(200_000)}"${MARKER}"`],
    ['a path for a sequence number', withKinesis({ sequenceNumber: `../../${MARKER}` })],
    ['a time that no date has', withKinesis({ approximateArrivalTimestamp: 1e300 })],
    ['an event id with line ends', parkedBody([{ ...RECORD, eventID: `shard\r\n${MARKER}` }])],
    ['a record that is a list', JSON.stringify({ version: 1, redrive: true, Records: [[MARKER]] })],
    ['a newer version', parkedBody([RECORD], { version: 2, reason: MARKER })],
  ])('keeps what holds %s as it is, and does not repeat it', async (_what, body) => {
    const key = keyOf('CA_x', T0);
    const objects = new Map([[key, body]]);
    const world = worldOf(objects);

    const result = await world.run();

    expect(world.calls).toEqual([]);
    const kept = [key, key.replace('parked/', 'parked-later/')].flatMap((name) => objects.get(name) ?? []);
    expect(kept).toEqual([body]);
    expect(Object.keys(result.destinations.datadog?.waiting ?? {})).toEqual([
      expect.stringMatching(/^(?:garbled|function-error)$/),
    ]);
    expect(JSON.stringify(world.logs)).not.toContain(MARKER);
  });

  it('invokes the functions that are deployed, whatever an object names', async () => {
    const evil = 'arn:aws:lambda:us-east-1:666666666666:function';
    const batch = (functionArn: string) => {
      const body = JSON.parse(onFailureBody([RECORD])) as { requestContext: object };
      return JSON.stringify({ ...body, requestContext: { ...body.requestContext, functionArn } });
    };
    const objects = new Map([
      ['aws/lambda/m1/s/1', batch(`${evil}:evil`)],
      ['aws/lambda/m2/s/2', batch(`${evil}:drain-datadog:9`)],
      ['aws/lambda/m3/s/3', batch('\r\n:function:../drain-datadog')],
      [keyOf('CA_x', T0), parkedBody([RECORD], { destination: 'evil', functionArn: `${evil}:evil` })],
    ]);
    const world = worldOf(objects);

    const result = await world.run();

    expect(world.calls.map(({ functionName }) => functionName)).toEqual(['drain-datadog', 'drain-datadog']);
    expect(result.unknown).toBe(2);
    expect(JSON.stringify(world.logs)).not.toContain('evil');
  });

  it('takes no prototype out of a body', async () => {
    const body = BODY.replace(
      '{',
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},',
    );
    const world = worldOf(new Map([[keyOf('CA_x', T0), body]]));

    await world.run();

    expect(world.calls).toHaveLength(1);
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('a request to redrive', () => {
  it.each(HOSTILE_AGENT_IDS)(
    'for an agent id that is %s is refused in words that do not repeat it',
    (_what, agent) => {
      const request = () => parseRequest({ agent }, ['datadog']);

      expect(request).toThrow(RangeError);
      expect(request).toThrow(/^\[redrive\] The request cannot be read\. agent: must be an agent id$/);
    },
  );

  it('for a destination that is none is refused so too', () => {
    expect(() => parseRequest({ destination: '../x\r\n' }, ['datadog'])).toThrow(
      /^\[redrive\] destination must be one of datadog\.$/,
    );
  });
});
