import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type KinesisOptions, startKinesis } from '../../local/kinesis/kinesis.ts';
import { SERVICE_SHARD_RATE } from '../../local/kinesis/limits.ts';
import { hashKeyOf } from '../../local/kinesis/sequence.ts';
import { createShard } from '../../local/kinesis/shard.ts';
import { createFaults, type FaultRule } from '../../receivers/kit/faults.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

type Protocol = 'h2c' | 'http/1.1';

async function setUp(options: Partial<KinesisOptions> & { readonly protocol?: Protocol } = {}) {
  const { protocol = 'h2c', ...rest } = options;
  const faults = createFaults();
  let requests = 0;
  const counted = {
    ...faults,
    next: () => {
      requests += 1;
      return faults.next();
    },
  };
  const kinesis = await startKinesis({ shards: 1, faults: counted, ...rest });
  const client = new KinesisClient({
    endpoint: kinesis.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    ...(protocol === 'http/1.1' && { requestHandler: new NodeHttpHandler() }),
  });
  cleanups.push(kinesis.close, () => client.destroy());
  const StreamName = kinesis.streamName;

  async function read(over: Partial<GetShardIteratorCommandInput> = {}): Promise<GetRecordsCommandOutput> {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName,
        ShardId: 'shardId-000000000000',
        ShardIteratorType: 'TRIM_HORIZON',
        ...over,
      }),
    );
    return client.send(new GetRecordsCommand({ ShardIterator }));
  }

  async function put(...lines: readonly string[]): Promise<string[]> {
    const Records = lines.map((text) => ({ Data: Buffer.from(text), PartitionKey: 'w' }));
    const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
    return (answer.Records ?? []).map(({ SequenceNumber }) => SequenceNumber ?? '');
  }

  /** Waits until the server has seen this many requests. */
  const seen = (count: number) => vi.waitFor(() => expect(requests).toBe(count), 20_000);
  return { kinesis, client, StreamName, read, put, seen };
}

/** The error that a call ends with. */
function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

function texts({ Records = [] }: GetRecordsCommandOutput): string[] {
  return Records.map(({ Data = new Uint8Array() }) => Buffer.from(Data).toString());
}

/** A partition key of the lower or upper half of the hash keys. */
function keyIn(half: 'lower' | 'upper'): string {
  for (let i = 0; ; i += 1) {
    const isUpper = hashKeyOf(`key-${i}`) >= 2n ** 127n;
    if (isUpper === (half === 'upper')) return `key-${i}`;
  }
}

describe.each<Protocol>(['h2c', 'http/1.1'])('the embedded Kinesis over %s', (protocol) => {
  it('gives back what was put, byte for byte and in order', async () => {
    const { client, StreamName, read } = await setUp({ protocol });
    const datas = [Buffer.from([0, 255, 10]), Buffer.from('zwei ü'), Buffer.alloc(0)];

    const answer = await client.send(
      new PutRecordsCommand({ StreamName, Records: datas.map((Data) => ({ Data, PartitionKey: 'w' })) }),
    );
    const { Records = [], MillisBehindLatest } = await read();

    expect(answer.FailedRecordCount).toBe(0);
    expect(Records.map(({ Data = [] }) => Buffer.from(Data))).toEqual(datas);
    expect(Records.map(({ SequenceNumber }) => SequenceNumber)).toEqual(
      answer.Records?.map(({ SequenceNumber }) => SequenceNumber),
    );
    expect(Records.map(({ PartitionKey }) => PartitionKey)).toEqual(['w', 'w', 'w']);
    expect(MillisBehindLatest).toBe(0);
  });

  it('takes four calls of 4 MiB at once', async () => {
    const { client, StreamName, kinesis } = await setUp({ protocol });
    const Data = randomBytes(1024 * 1024 - 1);
    const Records = Array.from({ length: 4 }, () => ({ Data, PartitionKey: 'w' }));

    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => client.send(new PutRecordsCommand({ StreamName, Records }))),
    );

    expect(answers.map(({ FailedRecordCount }) => FailedRecordCount)).toEqual([0, 0, 0, 0]);
    expect(kinesis.counters).toEqual({ calls: 4, records: 16, bytes: 16 * 1024 * 1024, failedRecords: 0 });
    expect(kinesis.stream.shards()[0]?.at(15)?.data).toBe(Data.toString('base64'));
  });

  it.each<{ name: string; rule: FaultRule; error: object; stored: number }>([
    {
      name: 'answers a status',
      rule: { kind: 'status', status: 500 },
      error: { name: 'InternalFailure' },
      stored: 0,
    },
    {
      name: 'refuses access',
      rule: { kind: 'status', status: 400, body: '{"__type":"AccessDeniedException","message":"no"}' },
      error: { name: 'AccessDeniedException', message: 'no' },
      stored: 0,
    },
    {
      name: 'stores and then answers a status',
      rule: { kind: 'accept-then-status', status: 503 },
      error: { name: 'ServiceUnavailable' },
      stored: 1,
    },
    { name: 'resets before storing', rule: { kind: 'reset', when: 'before' }, error: {}, stored: 0 },
    { name: 'resets after storing', rule: { kind: 'reset', when: 'after' }, error: {}, stored: 1 },
  ])('$name when told to, once, and then works', async ({ rule, error, stored }) => {
    const { kinesis, put, read } = await setUp({ protocol });
    kinesis.faults.set([rule]);

    await expect(put('a')).rejects.toMatchObject(error);
    await put('b');

    expect(texts(await read())).toEqual(stored === 1 ? ['a', 'b'] : ['b']);
  });

  it('never answers when told to hang, and still closes', async () => {
    const { kinesis, put, seen } = await setUp({ protocol });
    kinesis.faults.set([{ kind: 'hang' }]);

    const hanging = put('a').catch(() => 'failed');
    await seen(1);
    await put('b');
    await kinesis.close();

    expect(await hanging).toBe('failed');
    expect(kinesis.counters.records).toBe(1);
  });

  it('works as usual, but late, when told to', async () => {
    const { kinesis, put, read } = await setUp({ protocol });
    kinesis.faults.set([{ kind: 'delay', ms: 100 }]);
    const startMs = performance.now();

    await put('late');

    // A lower bound alone, and a timer may be a millisecond early.
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(99);
    expect(texts(await read())).toEqual(['late']);
  });
});

describe('puts', () => {
  it('number records with 56 digits that only grow, over shards and reshards', async () => {
    const { client, StreamName } = await setUp({ shards: 2 });
    const send = async (PartitionKey: string) =>
      (await client.send(new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from('x') })))
        .SequenceNumber ?? '';

    const before = [await send(keyIn('lower')), await send(keyIn('upper')), await send(keyIn('lower'))];
    await client.send(
      new MergeShardsCommand({
        StreamName,
        ShardToMerge: 'shardId-000000000000',
        AdjacentShardToMerge: 'shardId-000000000001',
      }),
    );
    const numbers = [...before, await send(keyIn('upper'))];

    expect(numbers.every((number) => /^\d{56}$/.test(number))).toBe(true);
    expect(numbers.toSorted()).toEqual(numbers);
    expect(new Set(numbers).size).toBe(4);
  });

  it('go to the shard whose range holds the MD5 of the partition key, or the explicit hash key', async () => {
    const { client, StreamName } = await setUp({ shards: 2 });
    const upper = { PartitionKey: keyIn('upper'), Data: Buffer.from('x') };

    const answer = await client.send(
      new PutRecordsCommand({
        StreamName,
        Records: [upper, { ...upper, PartitionKey: keyIn('lower') }, { ...upper, ExplicitHashKey: '0' }],
      }),
    );

    expect(answer.Records?.map(({ ShardId }) => ShardId)).toEqual([
      'shardId-000000000001',
      'shardId-000000000000',
      'shardId-000000000000',
    ]);
  });

  it('take exactly the documented sizes', async () => {
    const { client, StreamName } = await setUp();
    const full = { Data: Buffer.alloc(1024 * 1024 - 256), PartitionKey: 'k'.repeat(256) };

    const mostRecords = await client.send(
      new PutRecordsCommand({
        StreamName,
        Records: Array.from({ length: 500 }, () => ({ Data: Buffer.from('x'), PartitionKey: 'w' })),
      }),
    );
    const mostBytes = await client.send(
      new PutRecordsCommand({ StreamName, Records: Array.from({ length: 10 }, () => full) }),
    );

    expect([mostRecords.FailedRecordCount, mostBytes.FailedRecordCount]).toEqual([0, 0]);
  });

  const small = { Data: Buffer.from('x'), PartitionKey: 'w' };
  it.each<{
    name: string;
    records: { Data: Buffer; PartitionKey: string; ExplicitHashKey?: string }[];
    type: string;
  }>([
    { name: 'no record', records: [], type: 'ValidationException' },
    { name: '501 records', records: Array.from({ length: 501 }, () => small), type: 'ValidationException' },
    {
      name: 'a record of 1 MiB and its partition key',
      records: [{ ...small, Data: Buffer.alloc(1024 * 1024) }],
      type: 'ValidationException',
    },
    {
      name: 'more than 10 MiB in all',
      records: Array.from({ length: 11 }, () => ({ ...small, Data: Buffer.alloc(1000 * 1024) })),
      type: 'InvalidArgumentException',
    },
    {
      name: 'an empty partition key',
      records: [{ ...small, PartitionKey: '' }],
      type: 'ValidationException',
    },
    {
      name: 'a partition key of 257 characters',
      records: [{ ...small, PartitionKey: 'k'.repeat(257) }],
      type: 'ValidationException',
    },
    {
      name: 'a hash key of 2^128',
      records: [{ ...small, ExplicitHashKey: String(2n ** 128n) }],
      type: 'ValidationException',
    },
  ])('refuse $name whole', async ({ records, type }) => {
    const { client, StreamName, kinesis } = await setUp();

    const answer = client.send(new PutRecordsCommand({ StreamName, Records: records }));

    await expect(answer).rejects.toMatchObject({ name: type });
    expect(kinesis.counters.records).toBe(0);
  });

  it('refuse data that is not base64', async () => {
    const { kinesis, StreamName } = await setUp();

    const response = await fetch(kinesis.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'Kinesis_20131202.PutRecord' },
      body: JSON.stringify({ StreamName, PartitionKey: 'w', Data: 'no*base64' }),
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });

  it.each([
    [2, ['a', 'c']],
    ['first', ['b', 'c']],
    ['last', ['a', 'b']],
  ] as const)('fail every record of a call that is told to: %s', async (every, stored) => {
    const { kinesis, client, StreamName, read } = await setUp();
    kinesis.faults.set([{ kind: 'fail-records', every, code: 'InternalFailure' }]);

    const answer = await client.send(
      new PutRecordsCommand({
        StreamName,
        Records: ['a', 'b', 'c'].map((text) => ({ Data: Buffer.from(text), PartitionKey: 'w' })),
      }),
    );

    expect(answer.FailedRecordCount).toBe(1);
    expect(answer.Records?.map(({ ErrorCode }) => ErrorCode)).toEqual(
      ['a', 'b', 'c'].map((text) => (stored.some((one) => one === text) ? undefined : 'InternalFailure')),
    );
    expect(texts(await read())).toEqual(stored);
  });

  it('are throttled per shard where asked, and recover with time', async () => {
    let nowMs = 1_000_000;
    const { client, StreamName } = await setUp({
      shards: 2,
      limits: { shardRate: SERVICE_SHARD_RATE },
      now: () => nowMs,
    });
    const send = async (PartitionKey: string, Data: Buffer, count: number) =>
      client.send(
        new PutRecordsCommand({
          StreamName,
          Records: Array.from({ length: count }, () => ({ Data, PartitionKey })),
        }),
      );

    const first = await send(keyIn('lower'), Buffer.from('x'), 500);
    const second = await send(keyIn('lower'), Buffer.from('x'), 500);
    const third = await send(keyIn('lower'), Buffer.from('x'), 500);
    const otherShard = await send(keyIn('upper'), Buffer.alloc(600 * 1024), 2);
    nowMs += 100;
    const later = await send(keyIn('lower'), Buffer.from('x'), 500);

    expect([first, second, third].map(({ FailedRecordCount }) => FailedRecordCount)).toEqual([0, 0, 500]);
    expect(otherShard.FailedRecordCount).toBe(1);
    expect(later.FailedRecordCount).toBe(400);
    expect(later.Records?.at(-1)).toMatchObject({
      ErrorCode: 'ProvisionedThroughputExceededException',
      ErrorMessage:
        'Rate exceeded for shard shardId-000000000000 in stream log-drain under account 000000000000.',
    });
  });
});

describe('addressing', () => {
  it.each(['name', 'ARN', 'both'])('finds the stream by %s', async (by) => {
    const { client, kinesis } = await setUp();
    const address = {
      ...(by !== 'ARN' && { StreamName: kinesis.streamName }),
      ...(by !== 'name' && { StreamARN: kinesis.streamArn }),
    };

    const answer = await client.send(new DescribeStreamSummaryCommand(address));

    expect(answer.StreamDescriptionSummary).toMatchObject({
      StreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/log-drain',
      StreamStatus: 'ACTIVE',
      OpenShardCount: 1,
    });
  });

  it.each([
    { address: {}, type: 'InvalidArgumentException' },
    { address: { StreamName: 'other' }, type: 'ResourceNotFoundException' },
    {
      address: { StreamARN: 'arn:aws:kinesis:eu-west-1:000000000000:stream/log-drain' },
      type: 'ResourceNotFoundException',
    },
    {
      address: { StreamName: 'other', StreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/log-drain' },
      type: 'InvalidArgumentException',
    },
  ])('refuses $address with $type', async ({ address, type }) => {
    const { client } = await setUp();

    const answer = client.send(new DescribeStreamSummaryCommand(address));

    await expect(answer).rejects.toMatchObject({ name: type });
  });

  it('answers an operation it does not have with UnknownOperationException', async () => {
    const { kinesis } = await setUp();

    const response = await fetch(kinesis.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'Kinesis_20131202.SubscribeToShard' },
      body: '{}',
    });

    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
  });
});

describe('reading', () => {
  it('starts where each iterator type says', async () => {
    let nowMs = 5_000_000;
    const { put, read } = await setUp({ now: () => nowMs });
    const [one = ''] = await put('one');
    nowMs += 1000;
    await put('two', 'three');

    const at = await read({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: one });
    const after = await read({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: one });
    const zero = await read({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: '0' });
    const time = await read({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(5_001_000) });
    const latest = await read({ ShardIteratorType: 'LATEST' });

    expect(texts(at)).toEqual(['one', 'two', 'three']);
    expect(texts(after)).toEqual(['two', 'three']);
    expect(texts(zero)).toEqual(['one', 'two', 'three']);
    expect(texts(time)).toEqual(['two', 'three']);
    expect(texts(latest)).toEqual([]);
  });

  it('goes on from LATEST with what comes after it', async () => {
    const { client, read, put } = await setUp();
    await put('before');
    const { NextShardIterator } = await read({ ShardIteratorType: 'LATEST' });

    await put('after');
    const next = await client.send(new GetRecordsCommand({ ShardIterator: NextShardIterator }));

    expect(texts(next)).toEqual(['after']);
  });

  it('stops at 10 MiB and tells how far behind it is', async () => {
    let nowMs = 5_000_000;
    const { client, StreamName, read } = await setUp({ now: () => nowMs });
    const Records = Array.from({ length: 8 }, () => ({
      Data: Buffer.alloc(1024 * 1024 - 1),
      PartitionKey: 'w',
    }));
    await client.send(new PutRecordsCommand({ StreamName, Records }));
    await client.send(new PutRecordsCommand({ StreamName, Records }));
    nowMs += 1500;

    const first = await read();
    const second = await client.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }));

    expect([first.Records?.length, first.MillisBehindLatest]).toEqual([10, 1500]);
    expect([second.Records?.length, second.MillisBehindLatest]).toEqual([6, 0]);
  });

  it('honours Limit', async () => {
    const { client, read, put } = await setUp();
    const { NextShardIterator } = await read();
    await put('a', 'b', 'c');

    const page = await client.send(new GetRecordsCommand({ ShardIterator: NextShardIterator, Limit: 2 }));

    expect(texts(page)).toEqual(['a', 'b']);
  });

  it('refuses an iterator that is older than five minutes, and one that is none', async () => {
    let nowMs = 5_000_000;
    const { client, read } = await setUp({ now: () => nowMs });
    const { NextShardIterator } = await read();

    nowMs += 300_001;
    const old = refusal(client.send(new GetRecordsCommand({ ShardIterator: NextShardIterator })));
    const foreign = refusal(client.send(new GetRecordsCommand({ ShardIterator: 'AAAA' })));

    expect(await old).toMatchObject({ name: 'ExpiredIteratorException' });
    expect(await foreign).toMatchObject({ name: 'InvalidArgumentException' });
  });

  it.each([
    { ShardIteratorType: 'AT_SEQUENCE_NUMBER', type: 'InvalidArgumentException' },
    { ShardIteratorType: 'AT_TIMESTAMP', type: 'InvalidArgumentException' },
    {
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      StartingSequenceNumber: '49600000001768473000000000000000000000000000000000000007',
      type: 'InvalidArgumentException',
    },
    { ShardId: 'shardId-000000000009', type: 'ResourceNotFoundException' },
  ] as const)(
    'refuses an iterator request that lacks or garbles its place: %o',
    async ({ type, ...over }) => {
      const { read } = await setUp();

      const answer = read(over);

      await expect(answer).rejects.toMatchObject({ name: type });
    },
  );
});

describe('resharding', () => {
  it('splits a shard: the parent ends, its children take over and are announced at its end', async () => {
    const { client, StreamName, read, put } = await setUp();
    await put('before');

    await client.send(
      new SplitShardCommand({
        StreamName,
        ShardToSplit: 'shardId-000000000000',
        NewStartingHashKey: String(2n ** 127n),
      }),
    );
    await put('after');
    const parent = await read();
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
    const children = await Promise.all(
      ['shardId-000000000001', 'shardId-000000000002'].map((ShardId) => read({ ShardId })),
    );

    expect(texts(parent)).toEqual(['before']);
    expect(parent.NextShardIterator).toBeUndefined();
    expect(parent.ChildShards).toEqual([
      {
        ShardId: 'shardId-000000000001',
        ParentShards: ['shardId-000000000000'],
        HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(2n ** 127n - 1n) },
      },
      {
        ShardId: 'shardId-000000000002',
        ParentShards: ['shardId-000000000000'],
        HashKeyRange: { StartingHashKey: String(2n ** 127n), EndingHashKey: String(2n ** 128n - 1n) },
      },
    ]);
    expect(Shards.map(({ ParentShardId }) => ParentShardId)).toEqual([
      undefined,
      'shardId-000000000000',
      'shardId-000000000000',
    ]);
    expect(Shards[0]?.SequenceNumberRange?.EndingSequenceNumber).toMatch(/^\d{56}$/);
    expect(children.flatMap(texts)).toEqual(['after']);
  });

  it('merges two shards that lie side by side', async () => {
    const { client, StreamName } = await setUp({ shards: 3 });

    await client.send(
      new MergeShardsCommand({
        StreamName,
        ShardToMerge: 'shardId-000000000001',
        AdjacentShardToMerge: 'shardId-000000000000',
      }),
    );
    const { Shards } = await client.send(
      new ListShardsCommand({ StreamName, ShardFilter: { Type: 'AT_LATEST' } }),
    );

    expect(Shards?.map(({ ShardId }) => ShardId)).toEqual(['shardId-000000000002', 'shardId-000000000003']);
    expect(Shards?.[1]).toMatchObject({
      ParentShardId: 'shardId-000000000001',
      AdjacentParentShardId: 'shardId-000000000000',
      HashKeyRange: { StartingHashKey: '0' },
    });
  });

  it.each([
    { name: 'shards that are not adjacent', ids: ['shardId-000000000000', 'shardId-000000000002'] },
    { name: 'a shard with itself', ids: ['shardId-000000000000', 'shardId-000000000000'] },
  ])('does not merge $name', async ({ ids: [ShardToMerge, AdjacentShardToMerge] }) => {
    const { client, StreamName } = await setUp({ shards: 3 });

    const answer = client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));

    await expect(answer).rejects.toMatchObject({ name: 'InvalidArgumentException' });
  });

  it('does not split outside a shard, nor a closed one, nor one that is not there', async () => {
    const { client, StreamName } = await setUp({ shards: 2 });
    const split = (ShardToSplit: string, key: bigint) =>
      client.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey: String(key) }));

    const outside = refusal(split('shardId-000000000000', 2n ** 127n));
    expect(await outside).toMatchObject({ name: 'InvalidArgumentException' });
    await split('shardId-000000000000', 2n ** 126n);
    const closed = refusal(split('shardId-000000000000', 2n ** 126n));
    const absent = refusal(split('shardId-000000000077', 2n ** 126n));

    expect(await closed).toMatchObject({ name: 'InvalidArgumentException' });
    expect(await absent).toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('streams', () => {
  it('are created, listed in pages, described and deleted', async () => {
    const { client } = await setUp();

    await client.send(new CreateStreamCommand({ StreamName: 'alpha', ShardCount: 3 }));
    const again = refusal(client.send(new CreateStreamCommand({ StreamName: 'alpha', ShardCount: 1 })));
    expect(await again).toMatchObject({ name: 'ResourceInUseException' });
    const first = await client.send(new ListStreamsCommand({ Limit: 1 }));
    const second = await client.send(new ListStreamsCommand({ Limit: 1, NextToken: first.NextToken }));
    const described = await client.send(
      new DescribeStreamCommand({
        StreamName: 'alpha',
        Limit: 2,
        ExclusiveStartShardId: 'shardId-000000000000',
      }),
    );
    await client.send(new DeleteStreamCommand({ StreamName: 'alpha' }));
    const gone = refusal(client.send(new DescribeStreamCommand({ StreamName: 'alpha' })));

    expect([first.StreamNames, first.HasMoreStreams]).toEqual([['alpha'], true]);
    expect([second.StreamNames, second.HasMoreStreams]).toEqual([['log-drain'], false]);
    expect(described.StreamDescription).toMatchObject({
      StreamStatus: 'ACTIVE',
      HasMoreShards: false,
      RetentionPeriodHours: 24,
      Shards: [{ ShardId: 'shardId-000000000001' }, { ShardId: 'shardId-000000000002' }],
    });
    expect(await gone).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('list their shards in pages, by a token that comes alone', async () => {
    const { client, StreamName } = await setUp({ shards: 3 });

    const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 2 }));
    const second = await client.send(new ListShardsCommand({ NextToken: first.NextToken }));
    const both = refusal(client.send(new ListShardsCommand({ StreamName, NextToken: first.NextToken })));
    const after = await client.send(
      new ListShardsCommand({
        StreamName,
        ShardFilter: { Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000001' },
      }),
    );

    expect(first.Shards?.map(({ ShardId }) => ShardId)).toEqual([
      'shardId-000000000000',
      'shardId-000000000001',
    ]);
    expect(second.Shards?.map(({ ShardId }) => ShardId)).toEqual(['shardId-000000000002']);
    expect(second.NextToken).toBeUndefined();
    expect(after.Shards?.map(({ ShardId }) => ShardId)).toEqual(['shardId-000000000002']);
    expect(await both).toMatchObject({ name: 'InvalidArgumentException' });
  });
});

describe('what is kept', () => {
  it('goes once every consumer has passed it', async () => {
    const { kinesis, put, read } = await setUp();
    const [one, other] = [kinesis.stream.consumer(), kinesis.stream.consumer()];
    await put('a', 'b', 'c');

    one.passed('shardId-000000000000', 3);
    const whileNeeded = texts(await read());
    other.passed('shardId-000000000000', 2);
    const afterwards = texts(await read());
    other.close();

    expect(whileNeeded).toEqual(['a', 'b', 'c']);
    expect(afterwards).toEqual(['c']);
    expect(kinesis.stream.retainedBytes()).toBe(0);
  });

  it('goes after the retention time', async () => {
    let nowMs = 5_000_000;
    const { put, read } = await setUp({ now: () => nowMs, limits: { retentionMs: 1000 } });
    await put('old');

    nowMs += 1001;
    await put('new');

    expect(texts(await read())).toEqual(['new']);
  });

  it('holds puts up from half of the bound on, and refuses them past it', async () => {
    const { kinesis, client, StreamName, put } = await setUp({ limits: { retainedBytes: 1000 } });
    const consumer = kinesis.stream.consumer();
    let answers = 0;
    const tooMuch = { StreamName, Records: [{ Data: Buffer.alloc(500), PartitionKey: 'w' }] };

    const slow = put('x'.repeat(600)).finally(() => (answers += 1));
    await vi.waitFor(() => expect(kinesis.counters.records).toBe(1), 20_000);
    const past = client.send(new PutRecordsCommand(tooMuch)).finally(() => (answers += 1));
    await vi.waitFor(() => expect(kinesis.counters.failedRecords).toBe(1), 20_000);
    const answersBefore = answers;
    consumer.passed('shardId-000000000000', 1);
    await slow;

    expect(answersBefore).toBe(0);
    expect((await past).Records?.[0]?.ErrorCode).toBe('ProvisionedThroughputExceededException');
    expect(kinesis.stream.retainedBytes()).toBe(0);
  });

  it('stores nothing behind a record of the same call that found no room, so that order is kept', async () => {
    const { kinesis, client, StreamName } = await setUp({ limits: { retainedBytes: 1000 } });
    const consumer = kinesis.stream.consumer();
    const Records = [400, 700, 10].map((bytes) => ({ Data: Buffer.alloc(bytes), PartitionKey: 'w' }));

    const answered = client.send(new PutRecordsCommand({ StreamName, Records }));
    const { Records: entries, FailedRecordCount } = await answered;
    consumer.close();

    expect(entries?.map(({ ErrorCode }) => ErrorCode === undefined)).toEqual([true, false, false]);
    expect([FailedRecordCount, kinesis.counters.failedRecords]).toEqual([2, 2]);
  });

  it('is found by position whatever was trimmed', () => {
    const action = fc.oneof(fc.constant('append' as const), fc.nat({ max: 5000 }));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (actions, times) => {
        const hashRange = { start: 0n, end: 1n };
        const shard = createShard({ index: 0, hashRange, startingSequenceNumber: '0', parentIds: [] });
        let appended = 0;
        let kept = 0;
        let freed = 0;
        for (const one of actions) {
          if (one === 'append') {
            for (let i = 0; i < times; i += 1, appended += 1) {
              const sequenceNumber = String(appended).padStart(56, '0');
              shard.append({ sequenceNumber, partitionKey: 'w', data: '', bytes: 1, arrivalMs: appended });
            }
          } else {
            freed += shard.trimBefore(one);
            kept = Math.max(kept, Math.min(one, appended));
          }
        }
        expect([shard.first(), shard.end(), freed]).toEqual([kept, appended, kept]);
        expect(shard.at(kept - 1)).toBeUndefined();
        for (let position = kept; position < appended; position += 97) {
          expect(shard.at(position)?.position).toBe(position);
          expect(shard.positionFrom(String(position))).toBe(position);
          expect(shard.positionAtTime(position)).toBe(position);
        }
        expect(shard.positionFrom('0')).toBe(kept);
      }),
    );
  });
});

describe('the port', () => {
  it('understands an HTTP/2 preface that comes in pieces', async () => {
    const { kinesis, put } = await setUp();
    const socket = connect(Number(new URL(kinesis.endpoint).port), '127.0.0.1');
    cleanups.push(() => socket.destroy());
    const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

    socket.write('PR');
    await put('the server has seen the first piece by now');
    socket.write('I * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(emptySettings);
    const [answer]: Buffer[] = await once(socket, 'data');

    expect(answer?.[3]).toBe(emptySettings[3]);
  });

  it('cuts off a body that no service would take', async () => {
    const { kinesis } = await setUp();

    const answer = refusal(fetch(kinesis.endpoint, { method: 'POST', body: Buffer.alloc(33 * 1024 * 1024) }));

    expect(await answer).toBeInstanceOf(TypeError);
  });
});
