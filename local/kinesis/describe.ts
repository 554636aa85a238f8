/** Shards and streams as the API tells them. */
import { type HashRange, isOpen, type ShardView } from './shard.ts';
import type { Stream } from './stream.ts';

export function describeHashRange({ start, end }: HashRange): Record<string, string> {
  return { StartingHashKey: String(start), EndingHashKey: String(end) };
}

export function describeShard(shard: ShardView): Record<string, unknown> {
  const [ParentShardId, AdjacentParentShardId] = shard.parentIds;
  const EndingSequenceNumber = shard.endingSequenceNumber();
  return {
    ShardId: shard.id,
    ParentShardId,
    AdjacentParentShardId,
    HashKeyRange: describeHashRange(shard.hashRange),
    SequenceNumberRange: { StartingSequenceNumber: shard.startingSequenceNumber, EndingSequenceNumber },
  };
}

/** What DescribeStream and DescribeStreamSummary share. */
export function describeStream(stream: Stream): Record<string, unknown> {
  return {
    StreamName: stream.name,
    StreamARN: stream.arn,
    StreamStatus: 'ACTIVE',
    StreamModeDetails: { StreamMode: 'PROVISIONED' },
    RetentionPeriodHours: stream.limits.retentionMs / 3_600_000,
    StreamCreationTimestamp: stream.createdMs / 1000,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: 'NONE',
  };
}

export function describeSummary(stream: Stream): Record<string, unknown> {
  const OpenShardCount = stream.shards().filter(isOpen).length;
  return { ...describeStream(stream), OpenShardCount, ConsumerCount: 0 };
}
