import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DrainConfig } from './config.ts';
import { HOURS_PER_MONTH, PRICES } from './prices.ts';

/** Of a shard, by the second: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const TAKES_IN_MIB = 1;
const SHARED_READ_MIB = 2;
const SHARED_READS = 5;

/** Says at synth when drains that share a shard's reads cannot keep up, and what would help. */
export function adviseOnFanOut(scope: Construct, { destinations, fanOut }: DrainConfig): void {
  const readers = destinations.length;
  if (fanOut === 'enhanced' || readers * TAKES_IN_MIB <= SHARED_READ_MIB) return;
  const { consumerShardHour, consumerGb } = PRICES.kinesis;
  const monthly = (consumerShardHour.usd * HOURS_PER_MONTH).toFixed(2);
  // Each polls each shard once a second, so more shards do not help there.
  const remedy =
    readers > SHARED_READS
      ? `They also poll ${readers} times a second, of which a shard allows ${SHARED_READS}. Set`
      : 'Add shards, or set';
  Annotations.of(scope).addWarningV2(
    'agent-log-drain:shared-fan-out',
    `${readers} destinations share each shard's ${SHARED_READ_MIB} MiB/s of reads and fall behind once a shard takes in ` +
      `more than ${(SHARED_READ_MIB / readers).toFixed(2)} MiB/s. ${remedy} fanOut to enhanced: ${SHARED_READ_MIB} MiB/s for ` +
      `each destination, about $${monthly} a month for each of them and each shard, and $${consumerGb.usd} for each GB read ` +
      '(us-east-1; docs/costs.md).',
  );
}
