/** What the embedded stream takes. The first group is the service's, the second ours. */
export interface StreamLimits {
  /** Data and partition key of one record (MaxRecordSizeInKiB, default 1 MiB). */
  readonly recordBytes: number;
  /** Records of one PutRecords call. */
  readonly callRecords: number;
  /** Data and partition keys of one PutRecords call. */
  readonly callBytes: number;
  /** Per shard; undefined: no throttling. The service's: 1,000 records and 1 MiB a second. */
  readonly shardRate: ShardRate | undefined;
  readonly retentionMs: number;
  /** Bytes that no consumer has passed: from half of it on, puts are answered late; past it, refused. */
  readonly retainedBytes: number;
}

export interface ShardRate {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** Kinesis API reference (PutRecords) and service quotas, 2026; throttling off, memory bounded. */
export const DEFAULT_LIMITS: StreamLimits = {
  recordBytes: 1024 * 1024,
  callRecords: 500,
  callBytes: 10 * 1024 * 1024,
  shardRate: undefined,
  retentionMs: 24 * 60 * 60 * 1000,
  retainedBytes: 512 * 1024 * 1024,
};

export const SERVICE_SHARD_RATE: ShardRate = { recordsPerSecond: 1000, bytesPerSecond: 1024 * 1024 };

/** A shard's allowance, refilled steadily up to one second's worth. Takes a record's share or refuses it. */
export function createAllowance(rate: ShardRate, now: () => number): (bytes: number) => boolean {
  let records = rate.recordsPerSecond;
  let bytesLeft = rate.bytesPerSecond;
  let lastMs = now();
  return (bytes) => {
    const seconds = Math.max(0, now() - lastMs) / 1000;
    lastMs = now();
    records = Math.min(rate.recordsPerSecond, records + seconds * rate.recordsPerSecond);
    bytesLeft = Math.min(rate.bytesPerSecond, bytesLeft + seconds * rate.bytesPerSecond);
    if (records < 1 || bytesLeft < bytes) return false;
    records -= 1;
    bytesLeft -= bytes;
    return true;
  };
}
