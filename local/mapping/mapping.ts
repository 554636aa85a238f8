/** An event source mapping between a stream and a function: all its shards, parents before children. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../shared/base/clock.ts';
import type { ShardView } from '../kinesis/shard.ts';
import type { StreamView } from '../kinesis/stream.ts';
import { countAge, counted, type MappingCounters, noCounts, type Surroundings } from './accounting.ts';
import { followShards } from './follow-shards.ts';
import type { MappingClock } from './mapping-clock.ts';
import { DEFAULT_MAPPING_SETTINGS, type MappingSettings } from './settings.ts';
import { type ShardReader, startOf, startShardReader } from './shard-reader.ts';

export interface MappingOptions extends Surroundings {
  readonly stream: StreamView;
  readonly region: string;
  readonly functionArn: string;
  readonly settings?: Partial<MappingSettings>;
  readonly clock?: Partial<MappingClock>;
  /** Names the mapping, and objects and requests of it; default: random. */
  readonly newId?: () => string;
}

export interface Mapping {
  readonly id: string;
  readonly counters: Readonly<MappingCounters>;
  /** Resolves when all records put before this call are settled: true; false if the mapping stops before. */
  readonly drained: () => Promise<boolean>;
  /** Sees running invocations through, begins no other, and lets the stream's records go. */
  readonly stop: () => Promise<void>;
}

/** Starts reading all shards of the stream. */
export function startMapping(options: MappingOptions): Mapping {
  const { stream, region, functionArn, newId = randomUUID } = options;
  const settings = { ...DEFAULT_MAPPING_SETTINGS, ...options.settings };
  const clock = { ...systemClock, ...options.clock };
  const id = newId();
  const counters = noCounts();
  const deliveryTo = counted(options, counters, clock);
  const stopping = new AbortController();
  const consumer = stream.consumer();
  const watchers = new Set<() => void>();
  const common = { settings, clock, signal: stopping.signal };
  const roleArn = roleArnOf(functionArn);
  const ofMapping = { mappingId: id, functionArn, streamArn: stream.arn, region, roleArn, newId };
  /** Decided at once for all shards that are there now, whenever their turn comes. */
  const starts = new Map(
    stream.shards().map((shard) => [shard.id, startOf(shard, settings.startingPosition)]),
  );

  const following = followShards(stream, read, stopping.signal);

  function read(shard: ShardView): ShardReader {
    const source = { ...ofMapping, shardId: shard.id };
    const reader = startShardReader({
      start: starts.get(shard.id) ?? shard.first(),
      gathering: { ...common, stream, shard, source },
      delivery: { ...common, ...deliveryTo(source) },
      onCheckpoint: (position) => {
        consumer.passed(shard.id, position);
        for (const watcher of watchers) watcher();
      },
      onBatch: (records) => countAge(counters, records, clock.now()),
    });
    consumer.passed(shard.id, reader.checkpoint());
    return reader;
  }

  function drained(): Promise<boolean> {
    const ends = stream.shards().map((shard) => [shard.id, shard.end()] as const);
    return new Promise((resolve) => {
      const check = (): void => {
        const isDrained = ends.every(([shardId, end]) => following.checkpoint(shardId) >= end);
        if (!isDrained && !isStopped) return;
        watchers.delete(check);
        resolve(isDrained);
      };
      watchers.add(check);
      check();
    });
  }

  let isStopped = false;
  return {
    id,
    counters,
    drained,
    stop: async () => {
      stopping.abort();
      await following.stopped();
      isStopped = true;
      for (const watcher of watchers) watcher();
      consumer.close();
    },
  };
}

/** The role that an event names as its invoker: the function's account, our name. */
function roleArnOf(functionArn: string): string {
  return `arn:aws:iam::${functionArn.split(':')[4] ?? ''}:role/log-drain-local`;
}
