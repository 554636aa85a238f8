/** A stream: records go to shards by hash range; shards split and merge. */
import { createAllowance, type StreamLimits } from './limits.ts';
import { mergeShards, type Resharding, splitShard } from './reshard.ts';
import { type Consumer, createRetention } from './retention.ts';
import { createSequence, hashKeyOf, MAX_HASH_KEY } from './sequence.ts';
import { createShard, type HashRange, isOpen, type Shard, type ShardView } from './shard.ts';

export interface NewRecord {
  readonly partitionKey: string;
  /** Base64. */
  readonly data: string;
  /** Of data and partition key. */
  readonly bytes: number;
  readonly explicitHashKey?: bigint | undefined;
}

type Placed =
  | { readonly kind: 'stored'; readonly shardId: string; readonly sequenceNumber: string }
  /** The shard takes no more for now, or the stream keeps all it may. */
  | { readonly kind: 'throttled' | 'full'; readonly shardId: string };

/** What a reader in this process needs of a stream. */
export interface StreamView {
  readonly name: string;
  readonly arn: string;
  /** Open and closed, in order of creation. */
  readonly shards: () => readonly ShardView[];
  /** Holds back trimming from now on. Without any consumer, records stay for the retention time. */
  readonly consumer: () => Consumer;
  /** Calls back after puts and reshards, until the returned function is called. */
  readonly onChange: (listener: () => void) => () => void;
  /** Bytes kept. */
  readonly retainedBytes: () => number;
}

export interface Stream extends StreamView {
  readonly createdMs: number;
  readonly limits: StreamLimits;
  /** Stores one record; `announce` then tells readers, once per call of many. */
  readonly put: (record: NewRecord) => Placed;
  readonly announce: () => void;
  readonly split: (shardId: string, newStartingHashKey: bigint) => void;
  readonly merge: (shardId: string, adjacentShardId: string) => void;
  /** Resolves when less than half of the allowed bytes is kept. */
  readonly room: () => Promise<void>;
}

export interface StreamOptions {
  readonly name: string;
  readonly arn: string;
  readonly shards: number;
  readonly limits: StreamLimits;
  readonly now: () => number;
}

export function createStream({ name, arn, shards: count, limits, now }: StreamOptions): Stream {
  const createdMs = now();
  const nextSequence = createSequence(createdMs);
  const shards: Shard[] = [];
  const allowances = new Map<string, (bytes: number) => boolean>();
  const retention = createRetention(shards, limits, now);
  const listeners = new Set<() => void>();
  let lastArrivalMs = 0;

  const resharding: Resharding = {
    shards,
    open: (hashRange, parentIds) => {
      const index = shards.length;
      const shard = createShard({ index, hashRange, parentIds, startingSequenceNumber: nextSequence(index) });
      shards.push(shard);
      if (limits.shardRate !== undefined) allowances.set(shard.id, createAllowance(limits.shardRate, now));
    },
    close: (shard) => shard.close(nextSequence(shard.index)),
  };

  function put({ partitionKey, data, bytes, explicitHashKey }: NewRecord): Placed {
    const hashKey = explicitHashKey ?? hashKeyOf(partitionKey);
    const shard = shards.find((one) => isOpen(one) && contains(one.hashRange, hashKey));
    if (shard === undefined) throw new Error('open shards cover every hash key');
    const shardId = shard.id;
    const allowed = allowances.get(shardId)?.(bytes) ?? true;
    if (!allowed) return { kind: 'throttled', shardId };
    if (!retention.admit(shard, bytes)) return { kind: 'full', shardId };
    lastArrivalMs = Math.max(lastArrivalMs, now());
    const sequenceNumber = nextSequence(shard.index);
    shard.append({ sequenceNumber, partitionKey, data, bytes, arrivalMs: lastArrivalMs });
    return { kind: 'stored', shardId, sequenceNumber };
  }

  function announce(): void {
    for (const listener of listeners) listener();
  }

  for (const range of evenRanges(count)) resharding.open(range, []);
  return {
    name,
    arn,
    createdMs,
    limits,
    shards: () => shards,
    consumer: retention.consumer,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    retainedBytes: retention.retainedBytes,
    put,
    announce,
    split: (shardId, newStart) => {
      splitShard(resharding, shardId, newStart);
      announce();
    },
    merge: (shardId, adjacentId) => {
      mergeShards(resharding, shardId, adjacentId);
      announce();
    },
    room: retention.room,
  };
}

function contains({ start, end }: HashRange, hashKey: bigint): boolean {
  return hashKey >= start && hashKey <= end;
}

function evenRanges(count: number): HashRange[] {
  const size = (MAX_HASH_KEY + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    start: BigInt(index) * size,
    end: index === count - 1 ? MAX_HASH_KEY : BigInt(index + 1) * size - 1n,
  }));
}
