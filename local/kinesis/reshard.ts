/** Splitting and merging shards: parents are closed, children take over their hash ranges. */
import { ServiceError } from '../aws/json-protocol.ts';
import { type HashRange, isOpen, type Shard } from './shard.ts';

/** The stream's side of a reshard. */
export interface Resharding {
  readonly shards: readonly Shard[];
  readonly open: (hashRange: HashRange, parentIds: readonly string[]) => void;
  readonly close: (shard: Shard) => void;
}

/** SplitShard: the second child begins at the given hash key. */
export function splitShard({ shards, open, close }: Resharding, shardId: string, newStart: bigint): void {
  const shard = findOpen(shards, shardId);
  const { start, end } = shard.hashRange;
  if (newStart <= start || newStart > end) {
    throw new ServiceError('InvalidArgumentException', `NewStartingHashKey is not inside shard ${shardId}.`);
  }
  close(shard);
  open({ start, end: newStart - 1n }, [shardId]);
  open({ start: newStart, end }, [shardId]);
}

/** MergeShards: the two must lie side by side. */
export function mergeShards({ shards, open, close }: Resharding, shardId: string, adjacentId: string): void {
  const [one, other] = [findOpen(shards, shardId), findOpen(shards, adjacentId)];
  const [low, high] = one.hashRange.start < other.hashRange.start ? [one, other] : [other, one];
  if (low.hashRange.end + 1n !== high.hashRange.start) {
    throw new ServiceError(
      'InvalidArgumentException',
      `Shards ${shardId} and ${adjacentId} are not adjacent.`,
    );
  }
  close(one);
  close(other);
  open({ start: low.hashRange.start, end: high.hashRange.end }, [shardId, adjacentId]);
}

function findOpen(shards: readonly Shard[], shardId: string): Shard {
  const shard = shards.find(({ id }) => id === shardId);
  if (shard === undefined) {
    throw new ServiceError('ResourceNotFoundException', `Could not find shard ${shardId}.`);
  }
  if (!isOpen(shard)) throw new ServiceError('InvalidArgumentException', `Shard ${shardId} is closed.`);
  return shard;
}
