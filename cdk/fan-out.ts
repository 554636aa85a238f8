import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DrainConfig } from './config.ts';
import { HOURS_PER_MONTH, PRICES } from './prices.ts';

/** What all shared readers of a shard get together, by the second: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const SHARED_READS = 5;
const SHARED_READ_MIB = 2;

/** Says at synth when drains that share a shard's reads cannot keep up, and what would help. */
export function adviseOnFanOut(scope: Construct, { destinations, fanOut }: DrainConfig): void {
  const readers = destinations.length;
  if (fanOut === 'enhanced' || readers <= SHARED_READ_MIB) return;
  const { consumerShardHour, consumerGb } = PRICES.kinesis;
  const mibPerSecond = (SHARED_READ_MIB / readers).toFixed(2);
  const monthly = (consumerShardHour.usd * HOURS_PER_MONTH).toFixed(2);
  const polls =
    readers > SHARED_READS
      ? ` Their ${readers} polls a second also exceed the ${SHARED_READS} reads that a shard allows, so some are throttled at any load.`
      : '';
  Annotations.of(scope).addWarningV2(
    'agent-log-drain:shared-fan-out',
    `${readers} destinations share each shard's ${SHARED_READ_MIB} MiB/s of reads and fall behind once a shard takes in ` +
      `more than ${mibPerSecond} MiB/s.${polls} Add shards, or set fanOut to enhanced: 2 MiB/s for each destination, about ` +
      `$${monthly} a month for each destination and shard and $${consumerGb.usd} for each GB read (${consumerShardHour.region}, ${consumerShardHour.date}; docs/costs.md).`,
  );
}
