/** GetShardIterator and GetRecords. */
import { z } from 'zod';
import { type Operations, parseInput, ServiceError } from '../aws/json-protocol.ts';
import { describeHashRange } from './describe.ts';
import { decodeIterator, encodeIterator } from './iterators.ts';
import { comparableSequence, shardIndexOf } from './sequence.ts';
import { isOpen, type ShardView, type StoredRecord } from './shard.ts';
import type { StreamView } from './stream.ts';
import { type Streams, streamAddress } from './streams.ts';

/** Kinesis API reference, GetRecords. */
const MAX_RECORDS = 10_000;
const MAX_BYTES = 10 * 1024 * 1024;

const getShardIterator = streamAddress.extend({
  ShardId: z.string(),
  ShardIteratorType: z.enum([
    'AT_SEQUENCE_NUMBER',
    'AFTER_SEQUENCE_NUMBER',
    'TRIM_HORIZON',
    'LATEST',
    'AT_TIMESTAMP',
  ]),
  StartingSequenceNumber: z
    .string()
    .regex(/^(0|[1-9]\d{0,128})$/)
    .optional(),
  /** Epoch seconds. */
  Timestamp: z.number().optional(),
});
const getRecords = z.object({
  ShardIterator: z.string(),
  Limit: z.number().int().min(1).max(MAX_RECORDS).optional(),
  StreamARN: z.string().optional(),
});
type IteratorRequest = z.infer<typeof getShardIterator>;

export function readOperations(streams: Streams, now: () => number): Operations {
  return {
    GetShardIterator: (input) => {
      const request = parseInput(getShardIterator, input);
      const stream = streams.find(request);
      const shard = findShard(stream, request.ShardId);
      const position = START_POSITION[request.ShardIteratorType](shard, request);
      return { ShardIterator: encodeIterator({ arn: stream.arn, shardId: shard.id, position }, now()) };
    },
    GetRecords: (input) => {
      const request = parseInput(getRecords, input);
      const place = decodeIterator(request.ShardIterator, now());
      const stream = streams.find({ StreamARN: place.arn });
      const shard = findShard(stream, place.shardId);
      const records = take(shard, place.position, request.Limit ?? MAX_RECORDS);
      const last = records.at(-1);
      const position = last === undefined ? Math.max(place.position, shard.first()) : last.position + 1;
      const atEnd = position >= shard.end();
      return {
        Records: records.map(describeRecord),
        MillisBehindLatest: atEnd || last === undefined ? 0 : Math.max(0, now() - last.arrivalMs),
        ...(atEnd && !isOpen(shard)
          ? { ChildShards: describeChildren(stream, shard) }
          : { NextShardIterator: encodeIterator({ ...place, position }, now()) }),
      };
    },
  };
}

function findShard(stream: StreamView, shardId: string): ShardView {
  const shard = stream.shards().find(({ id }) => id === shardId);
  if (shard !== undefined) return shard;
  throw new ServiceError(
    'ResourceNotFoundException',
    `Shard ${shardId} in stream ${stream.name} does not exist.`,
  );
}

const START_POSITION: Readonly<
  Record<IteratorRequest['ShardIteratorType'], (shard: ShardView, request: IteratorRequest) => number>
> = {
  TRIM_HORIZON: (shard) => shard.first(),
  LATEST: (shard) => shard.end(),
  AT_TIMESTAMP: (shard, { Timestamp }) => shard.positionAtTime(required(Timestamp, 'Timestamp') * 1000),
  AT_SEQUENCE_NUMBER: (shard, request) => shard.positionFrom(sequenceOf(shard, request)),
  AFTER_SEQUENCE_NUMBER: (shard, request) => positionAfter(shard, sequenceOf(shard, request)),
};

function positionAfter(shard: ShardView, sequenceNumber: string): number {
  const position = shard.positionFrom(sequenceNumber);
  return shard.at(position)?.sequenceNumber === sequenceNumber ? position + 1 : position;
}

function sequenceOf(shard: ShardView, request: IteratorRequest): string {
  const sequenceNumber = required(request.StartingSequenceNumber, 'StartingSequenceNumber');
  if (sequenceNumber !== '0' && shardIndexOf(comparableSequence(sequenceNumber)) !== shard.index) {
    throw new ServiceError(
      'InvalidArgumentException',
      `StartingSequenceNumber was not made for shard ${shard.id}.`,
    );
  }
  return sequenceNumber;
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new ServiceError('InvalidArgumentException', `Must specify ${name}.`);
  return value;
}

/** Records from a position on, at least one if there is one. */
function take(shard: ShardView, from: number, limit: number): StoredRecord[] {
  const records: StoredRecord[] = [];
  let bytes = 0;
  for (let position = Math.max(from, shard.first()); records.length < limit; position += 1) {
    const record = shard.at(position);
    if (record === undefined) break;
    bytes += record.bytes;
    if (bytes > MAX_BYTES && records.length > 0) break;
    records.push(record);
  }
  return records;
}

function describeRecord(record: StoredRecord): Record<string, unknown> {
  return {
    SequenceNumber: record.sequenceNumber,
    ApproximateArrivalTimestamp: record.arrivalMs / 1000,
    Data: record.data,
    PartitionKey: record.partitionKey,
    EncryptionType: 'NONE',
  };
}

function describeChildren(stream: StreamView, parent: ShardView): Record<string, unknown>[] {
  return stream
    .shards()
    .filter(({ parentIds }) => parentIds.includes(parent.id))
    .map((shard) => ({
      ShardId: shard.id,
      ParentShards: shard.parentIds,
      HashKeyRange: describeHashRange(shard.hashRange),
    }));
}
