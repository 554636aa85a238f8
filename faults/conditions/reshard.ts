import type { Kinesis } from '../../local/kinesis/kinesis.ts';
import { isOpen, type ShardView } from '../../local/kinesis/shard.ts';
import { until } from '../stage/watch.ts';
import { awsCall } from './aws-call.ts';

interface Resharding {
  readonly rounds: number;
  /** Has agents write; called before each of a round's two changes, and after the last of all. */
  readonly write: () => void;
  /** So many must have come after `write` before a change is made. */
  readonly records: number;
}

/** Splits every shard and merges two of them, as an operator does, while records come. */
export async function reshard(kinesis: Kinesis, { rounds, write, records }: Resharding): Promise<void> {
  const stream = { StreamName: kinesis.streamName };
  const open = (): readonly ShardView[] =>
    kinesis.stream
      .shards()
      .filter(isOpen)
      .sort((one, other) => (one.hashRange.start < other.hashRange.start ? -1 : 1));
  const more = (): Promise<void> => {
    const enough = kinesis.counters.records + records;
    write();
    return until(() => kinesis.counters.records >= enough);
  };
  for (let i = 0; i < rounds; i += 1) {
    await more();
    for (const { id, hashRange } of open()) {
      const NewStartingHashKey = String((hashRange.start + hashRange.end) / 2n);
      await awsCall(kinesis.endpoint, 'Kinesis_20131202.SplitShard', {
        ...stream,
        ShardToSplit: id,
        NewStartingHashKey,
      });
    }
    await more();
    const [low, high] = open();
    await awsCall(kinesis.endpoint, 'Kinesis_20131202.MergeShards', {
      ...stream,
      ShardToMerge: low?.id,
      AdjacentShardToMerge: high?.id,
    });
  }
  write();
}
