/** Reads a stream's shards as they come: one begins when its parents have been read to their ends. */
import type { ShardView } from '../kinesis/shard.ts';
import type { StreamView } from '../kinesis/stream.ts';
import type { ShardReader } from './shard-reader.ts';

export interface Following {
  /** All records of the shard before this position are settled; 0 if its turn has not come. */
  readonly checkpoint: (shardId: string) => number;
  /** Resolves when all readers have stopped, after the signal. */
  readonly stopped: () => Promise<void>;
}

export function followShards(
  stream: StreamView,
  read: (shard: ShardView) => ShardReader,
  signal: AbortSignal,
): Following {
  const readers = new Map<string, ShardReader>();
  const ended = new Set<string>();

  async function follow(shard: ShardView): Promise<void> {
    const reader = read(shard);
    readers.set(shard.id, reader);
    const isAtEnd = await reader.finished;
    if (!isAtEnd) return;
    ended.add(shard.id);
    beginReady();
  }

  function beginReady(): void {
    if (signal.aborted) return;
    for (const shard of stream.shards()) {
      const isReady = shard.parentIds.every((parent) => ended.has(parent));
      if (isReady && !readers.has(shard.id)) void follow(shard);
    }
  }

  beginReady();
  const unsubscribe = stream.onChange(beginReady);
  return {
    checkpoint: (shardId) => readers.get(shardId)?.checkpoint() ?? 0,
    stopped: async () => {
      unsubscribe();
      await Promise.all([...readers.values()].map((reader) => reader.finished));
    },
  };
}
