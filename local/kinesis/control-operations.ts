/** Streams and shards: create, delete, describe, list, split, merge. Changes are done when the call returns. */
import { z } from 'zod';
import { type Operations, parseInput, ServiceError } from '../aws/json-protocol.ts';
import { describeShard, describeStream, describeSummary } from './describe.ts';
import { isOpen, type ShardView } from './shard.ts';
import { type Streams, streamAddress, streamName } from './streams.ts';

const MAX_SHARDS = 1000;

const createStream = z.object({
  StreamName: streamName,
  ShardCount: z.number().int().min(1).max(MAX_SHARDS).default(4),
});
const describe = streamAddress.extend({
  Limit: z.number().int().min(1).max(10_000).default(100),
  ExclusiveStartShardId: z.string().optional(),
});
const listStreams = z.object({
  Limit: z.number().int().min(1).max(10_000).default(100),
  ExclusiveStartStreamName: z.string().optional(),
  NextToken: z.string().optional(),
});
const listShards = streamAddress.extend({
  MaxResults: z.number().int().min(1).max(10_000).default(1000),
  ExclusiveStartShardId: z.string().optional(),
  NextToken: z.string().optional(),
  ShardFilter: z
    .object({
      Type: z.enum(['AFTER_SHARD_ID', 'AT_TRIM_HORIZON', 'FROM_TRIM_HORIZON', 'AT_LATEST']),
      ShardId: z.string().optional(),
    })
    .optional(),
});
const splitShard = streamAddress.extend({
  ShardToSplit: z.string(),
  NewStartingHashKey: z
    .string()
    .regex(/^(0|[1-9]\d{0,38})$/)
    .transform(BigInt),
});
const mergeShards = streamAddress.extend({ ShardToMerge: z.string(), AdjacentShardToMerge: z.string() });

/** A page of a sorted row: what comes after a name, and whether there is more. */
function page<T>(
  rows: readonly T[],
  after: (row: T) => boolean,
  limit: number,
): { rows: T[]; more: boolean } {
  const rest = rows.filter(after);
  return { rows: rest.slice(0, limit), more: rest.length > limit };
}

export function controlOperations(streams: Streams): Operations {
  return {
    CreateStream: (input) => {
      const { StreamName, ShardCount } = parseInput(createStream, input);
      streams.create(StreamName, ShardCount);
    },
    DeleteStream: (input) => {
      streams.remove(streams.find(parseInput(streamAddress, input)));
    },
    DescribeStream: (input) => {
      const request = parseInput(describe, input);
      const stream = streams.find(request);
      const from = request.ExclusiveStartShardId ?? '';
      const { rows, more } = page(stream.shards(), ({ id }) => id > from, request.Limit);
      const StreamDescription = {
        ...describeStream(stream),
        Shards: rows.map(describeShard),
        HasMoreShards: more,
      };
      return { StreamDescription };
    },
    DescribeStreamSummary: (input) => ({
      StreamDescriptionSummary: describeSummary(streams.find(parseInput(streamAddress, input))),
    }),
    ListStreams: (input) => {
      const request = parseInput(listStreams, input);
      const from = request.NextToken ?? request.ExclusiveStartStreamName ?? '';
      const { rows, more } = page(streams.names(), (name) => name > from, request.Limit);
      const StreamSummaries = rows.map((name) => describeStream(streams.find({ StreamName: name })));
      return {
        StreamNames: rows,
        StreamSummaries,
        HasMoreStreams: more,
        ...(more && { NextToken: rows.at(-1) }),
      };
    },
    ListShards: (input) => {
      const request = listShardsRequest(parseInput(listShards, input));
      const shards = streams.find(request).shards().filter(request.wanted);
      const { rows, more } = page(shards, ({ id }) => id > request.from, request.MaxResults);
      return { Shards: rows.map(describeShard), ...(more && { NextToken: nextToken(request, rows.at(-1)) }) };
    },
    SplitShard: (input) => {
      const request = parseInput(splitShard, input);
      streams.find(request).split(request.ShardToSplit, request.NewStartingHashKey);
    },
    MergeShards: (input) => {
      const request = parseInput(mergeShards, input);
      streams.find(request).merge(request.ShardToMerge, request.AdjacentShardToMerge);
    },
  };
}

type ListShardsInput = z.infer<typeof listShards>;

interface ListShardsRequest extends ListShardsInput {
  readonly from: string;
  readonly wanted: (shard: ShardView) => boolean;
}

/** A next token holds the stream, the filter and the place, since it must come alone. */
function nextToken(
  { StreamName, StreamARN, ShardFilter }: ListShardsRequest,
  last: ShardView | undefined,
): string {
  const rest = { StreamName, StreamARN, ShardFilter, ExclusiveStartShardId: last?.id };
  return Buffer.from(JSON.stringify(rest)).toString('base64');
}

function listShardsRequest(input: ListShardsInput): ListShardsRequest {
  const { NextToken, MaxResults, ...rest } = input;
  if (NextToken !== undefined) {
    if (Object.values(rest).some((value) => value !== undefined)) {
      throw new ServiceError('InvalidArgumentException', 'NextToken must be given alone.');
    }
    return { ...listShardsRequest(parseInput(listShards, fromToken(NextToken))), MaxResults };
  }
  const after = input.ShardFilter?.Type === 'AFTER_SHARD_ID' ? (input.ShardFilter.ShardId ?? '') : '';
  const openOnly = input.ShardFilter?.Type === 'AT_LATEST';
  return {
    ...input,
    from: input.ExclusiveStartShardId ?? after,
    wanted: (shard) => !openOnly || isOpen(shard),
  };
}

function fromToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
  } catch {
    throw new ServiceError('InvalidArgumentException', 'Invalid NextToken.');
  }
}
