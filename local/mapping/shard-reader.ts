/** Reads one shard of a mapping with as many lanes as its ParallelizationFactor. */
import type { ShardView, StoredRecord } from '../kinesis/shard.ts';
import type { Delivery } from './deliver.ts';
import type { Gathering } from './gather.ts';
import type { MappingSettings } from './settings.ts';
import { type Lane, laneOf, startLane } from './shard-lane.ts';

export interface ShardReader {
  /** All records of the shard before this position are settled. */
  readonly checkpoint: () => number;
  /** True if the shard's end was reached, false if the mapping stopped before. */
  readonly finished: Promise<boolean>;
}

export interface ShardReaderOptions {
  readonly start: number;
  readonly gathering: Omit<Gathering, 'passed' | 'isOurs'>;
  readonly delivery: Delivery;
  readonly onCheckpoint: (position: number) => void;
  readonly onBatch: (records: readonly StoredRecord[]) => void;
}

export function startShardReader(options: ShardReaderOptions): ShardReader {
  const { gathering, onCheckpoint } = options;
  const factor = gathering.settings.parallelizationFactor;
  const lanes: readonly Lane[] = Array.from({ length: factor }, (_, index) =>
    startLane({
      ...options,
      gathering: { ...gathering, isOurs: (record) => laneOf(record, factor) === index },
      onProgress: () => onCheckpoint(checkpoint()),
    }),
  );

  function checkpoint(): number {
    return Math.min(...lanes.map((lane) => lane.position()));
  }

  const finished = Promise.all(lanes.map((lane) => lane.finished)).then((ends) => ends.every(Boolean));
  return { checkpoint, finished };
}

/** Where to begin in a shard that was there when the mapping started; shards that come later are read whole. */
export function startOf(shard: ShardView, position: MappingSettings['startingPosition']): number {
  if (position.type === 'LATEST') return shard.end();
  return position.type === 'AT_TIMESTAMP' ? shard.positionAtTime(position.timestampMs) : shard.first();
}
