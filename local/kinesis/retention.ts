/** What a stream keeps and when it lets go: once every consumer has passed a record, or after the retention time. */
import type { StreamLimits } from './limits.ts';
import type { Shard } from './shard.ts';

/** Someone who reads all of the stream: records stay until every consumer has passed them. */
export interface Consumer {
  /** Nothing of this shard before this position is needed any more. */
  readonly passed: (shardId: string, position: number) => void;
  readonly close: () => void;
}

export interface Retention {
  /** Counts a record in; false: there is no room for it. */
  readonly admit: (shard: Shard, bytes: number) => boolean;
  readonly consumer: () => Consumer;
  readonly retainedBytes: () => number;
  /** Resolves when less than half of the allowed bytes is kept. */
  readonly room: () => Promise<void>;
}

/** Watches over the shards of one stream; the array may grow. */
export function createRetention(
  shards: readonly Shard[],
  limits: StreamLimits,
  now: () => number,
): Retention {
  const consumers = new Set<Map<string, number>>();
  let waiting: (() => void)[] = [];
  let retained = 0;

  function trim(shard: Shard, position: number): void {
    retained -= shard.trimBefore(position);
    if (!hasRoom()) return;
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  }

  function hasRoom(): boolean {
    return retained * 2 < limits.retainedBytes;
  }

  function trimPassed(shard: Shard): void {
    if (consumers.size === 0) return;
    trim(shard, Math.min(...[...consumers].map((passed) => passed.get(shard.id) ?? 0)));
  }

  function trimExpired(shard: Shard): void {
    const oldest = shard.at(shard.first());
    const expiredMs = now() - limits.retentionMs;
    if (oldest !== undefined && oldest.arrivalMs < expiredMs) trim(shard, shard.positionAtTime(expiredMs));
  }

  return {
    admit: (shard, bytes) => {
      trimExpired(shard);
      if (retained + bytes > limits.retainedBytes) return false;
      retained += bytes;
      return true;
    },
    consumer: () => {
      const passed = new Map<string, number>();
      consumers.add(passed);
      return {
        passed: (shardId, position) => {
          passed.set(shardId, position);
          const shard = shards.find(({ id }) => id === shardId);
          if (shard !== undefined) trimPassed(shard);
        },
        close: () => {
          consumers.delete(passed);
          for (const shard of shards) trimPassed(shard);
        },
      };
    },
    retainedBytes: () => retained,
    room: () => (hasRoom() ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
