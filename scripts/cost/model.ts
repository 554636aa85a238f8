import { destinationAlarms, drainAlarms } from '../../cdk/alarm-table.ts';
import { HOURS_PER_MONTH, PRICES } from '../../cdk/prices.ts';
import { readDrainConfig } from '../../cdk/read-config.ts';
import type { DestinationId } from '../../lambdas/registry.ts';
import { measuredOrHighest } from './measured.ts';

const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600;
const KIB = 1024;
const MIB = KIB * KIB;
const GB = 1e9;

/** What is sent, and how. */
export interface Load {
  /** Text that all agents print in a day, in GB (10^9 bytes). */
  readonly gbPerDay: number;
  /** Agent processes; each sends at most one record a second while it prints little. */
  readonly agents: number;
  readonly destinations: readonly DestinationId[];
  /** Average length of a line, in bytes. */
  readonly lineBytes: number;
  /** How many times smaller the shipper's compression makes lines. */
  readonly compression: number;
  /** Busiest hour against the average: what shards must take. */
  readonly peak: number;
  readonly retentionHours: number;
}

/** One way to run the drain. */
export interface Variant {
  readonly records: 'packed' | 'line by line';
  readonly fanOut: 'shared' | 'enhanced';
  readonly mode: 'provisioned' | 'on-demand';
}

interface Item {
  readonly name: string;
  readonly usdPerMonth: number;
}

export interface Estimate {
  readonly variant: Variant;
  /** Zero on-demand. */
  readonly shards: number;
  readonly recordsPerMonth: number;
  readonly items: readonly Item[];
  readonly usdPerMonth: number;
}

/** What the model supposes of the functions. Measured figures of your own are better. */
export const ASSUMPTIONS = {
  /** What one JSON object for each line adds to it: ids, time, quotes. */
  envelopeBytesPerLine: 100,
  memoryGb: 0.5,
  /** Share of a processor that `memoryGb` comes with: 1,769 MB are one (Lambda developer guide, "Configure function memory"). */
  processors: 0.29,
  msPerInvocation: 150,
  /** Our metrics, of which about 860 were measured, and Lambda's own lines. */
  logBytesPerInvocation: 1700,
  windowSeconds: 2,
  /** An on-demand stream begins with this many, each with invocations of its own. */
  onDemandShards: 4,
  payloadBytes: 4.4e6,
  metricsPerDestination: 15,
  redrivesPerHour: 12,
  listsPerRedriveAndDestination: 4,
} as const;

interface Flow {
  /** Bytes in the stream, and records, by the month. */
  readonly bytes: number;
  readonly records: number;
}

function flowOf(load: Load, records: Variant['records']): Flow {
  const text = load.gbPerDay * GB * DAYS_PER_MONTH;
  const lines = text / load.lineBytes;
  if (records === 'line by line')
    return { bytes: text + lines * ASSUMPTIONS.envelopeBytesPerLine, records: lines };
  // A record closes at 1 MiB of text or after a second, and holds at least one line.
  const packed = Math.max(text / MIB, Math.min(lines, load.agents * SECONDS_PER_MONTH));
  return { bytes: text / load.compression, records: packed };
}

/** The shards that take the peak in and let shared readers keep up (1 MiB and 1,000 records in, 2 MiB out, by the second). */
export function shardsOf(load: Load, { records, fanOut }: Pick<Variant, 'records' | 'fanOut'>): number {
  const flow = flowOf(load, records);
  const mibPerSecond = (load.peak * flow.bytes) / SECONDS_PER_MONTH / MIB;
  const recordsPerSecond = (load.peak * flow.records) / SECONDS_PER_MONTH;
  const readMib = fanOut === 'shared' ? load.destinations.length * mibPerSecond : 0;
  return Math.max(1, Math.ceil(mibPerSecond), Math.ceil(recordsPerSecond / 1000), Math.ceil(readMib / 2));
}

function streamItems(
  load: Load,
  { variant, flow, shards }: { variant: Variant; flow: Flow; shards: number },
): Item[] {
  const prices = PRICES.kinesis;
  const readers = load.destinations.length;
  const gb = flow.bytes / GB;
  const consumers = variant.fanOut === 'enhanced';
  if (variant.mode === 'on-demand') {
    const billedGb = (flow.records * Math.ceil(flow.bytes / flow.records / KIB) * KIB) / GB;
    const outPrice = consumers ? prices.onDemandConsumerGb.usd : prices.onDemandOutGb.usd;
    return [
      { name: 'stream', usdPerMonth: HOURS_PER_MONTH * prices.streamHour.usd },
      { name: 'written', usdPerMonth: billedGb * prices.onDemandInGb.usd },
      { name: 'read', usdPerMonth: readers * gb * outPrice },
    ];
  }
  const units = flow.records * Math.ceil(flow.bytes / flow.records / (25 * KIB));
  const extended = load.retentionHours > 24 ? prices.extendedShardHour.usd : 0;
  const consumerHours = readers * shards * HOURS_PER_MONTH * prices.consumerShardHour.usd;
  return [
    { name: 'stream', usdPerMonth: shards * HOURS_PER_MONTH * (prices.shardHour.usd + extended) },
    { name: 'written', usdPerMonth: (units / 1e6) * prices.putUnits.usd },
    { name: 'read', usdPerMonth: consumers ? consumerHours + readers * gb * prices.consumerGb.usd : 0 },
  ];
}

/** Invocations of one function: one a window and shard while records come, more where a batch is full. */
function invocationsOf(flow: Flow, shards: number): number {
  const windows = (Math.max(1, shards) * SECONDS_PER_MONTH) / ASSUMPTIONS.windowSeconds;
  const fullBatches = Math.max(flow.records / 1000, flow.bytes / ASSUMPTIONS.payloadBytes);
  return Math.max(Math.min(windows, flow.records), fullBatches);
}

function deliveryItems(load: Load, flow: Flow, shards: number): Item[] {
  const { destinations, gbPerDay, agents } = load;
  const text = gbPerDay * GB * DAYS_PER_MONTH;
  const invocations = destinations.length * invocationsOf(flow, shards);
  const measured = destinations.map((id) => ({ id, ...measuredOrHighest(id) }));
  const cpuMs = measured.reduce((sum, { cpuMsPerMb }) => sum + (text / 1e6) * cpuMsPerMb, 0);
  const seconds = (invocations * ASSUMPTIONS.msPerInvocation + cpuMs / ASSUMPTIONS.processors) / 1000;
  const config = readDrainConfig({ destinations });
  const watchedBy = (rows: ReturnType<typeof drainAlarms>) =>
    rows.flatMap((row) => Object.keys(row.metrics)).length;
  const alarmMetrics =
    destinations.length * watchedBy(destinationAlarms(config)) + watchedBy(drainAlarms(config));
  const metrics = destinations.length * ASSUMPTIONS.metricsPerDestination;
  // A found secret is read again after 5 minutes, an absent one of an agent after 10.
  const secretReads = destinations.length * HOURS_PER_MONTH * (12 + 6 * agents);
  const lists =
    HOURS_PER_MONTH *
    ASSUMPTIONS.redrivesPerHour *
    ASSUMPTIONS.listsPerRedriveAndDestination *
    destinations.length;
  const sentBytes = measured
    .filter(({ id }) => id !== 'cloudwatch')
    .reduce((sum, { sentPerByte }) => sum + text * sentPerByte, 0);
  const { lambda, cloudwatch, secrets, s3, network } = PRICES;
  return [
    {
      name: 'functions',
      usdPerMonth:
        (invocations / 1e6) * lambda.requests.usd + seconds * ASSUMPTIONS.memoryGb * lambda.gbSecond.usd,
    },
    {
      name: 'their logs',
      usdPerMonth: ((invocations * ASSUMPTIONS.logBytesPerInvocation) / GB) * cloudwatch.logsGb.usd,
    },
    { name: 'metrics, dashboard', usdPerMonth: metrics * cloudwatch.metric.usd + cloudwatch.dashboard.usd },
    { name: 'alarms', usdPerMonth: alarmMetrics * cloudwatch.alarmMetric.usd },
    {
      name: 'secrets',
      usdPerMonth: destinations.length * secrets.secret.usd + (secretReads / 1e4) * secrets.calls.usd,
    },
    { name: 'redrive', usdPerMonth: (lists / 1000) * s3.lists.usd },
    {
      name: 'sent to the internet',
      usdPerMonth: (sentBytes / GB) * network.internetGb.usd,
    },
  ];
}

/** The month's bill of one way to run the drain, without what the services themselves charge. */
export function estimate(load: Load, variant: Variant): Estimate {
  const flow = flowOf(load, variant.records);
  const shards = shardsOf(load, variant);
  const running = variant.mode === 'on-demand' ? Math.max(shards, ASSUMPTIONS.onDemandShards) : shards;
  const items = [...streamItems(load, { variant, flow, shards }), ...deliveryItems(load, flow, running)];
  return {
    variant,
    shards: variant.mode === 'on-demand' ? 0 : shards,
    recordsPerMonth: Math.round(flow.records),
    items,
    usdPerMonth: items.reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0),
  };
}

/** A month's bill in three parts, in US$, and from how much text on it is below what CloudWatch Logs takes to take that in. */
export interface CostParts {
  /** What is there without a line. */
  readonly atRest: number;
  /** What it takes to be invoked around the clock, however little is in an invocation. */
  readonly awake: number;
  /** Of another 100 GB of text. */
  readonly per100Gb: number;
  readonly breakEvenGb: number;
}

const ALMOST_NOTHING = 1e-9;
const HUNDRED_GB_PER_DAY = 100 / DAYS_PER_MONTH;

export function partsOf(load: Load, variant: Variant): CostParts {
  const usdOf = (gbPerDay: number): number => estimate({ ...load, gbPerDay }, variant).usdPerMonth;
  const atRest = usdOf(ALMOST_NOTHING);
  const total = usdOf(load.gbPerDay);
  const per100Gb = usdOf(load.gbPerDay + HUNDRED_GB_PER_DAY) - total;
  const awake = Math.max(0, total - atRest - per100Gb * (load.gbPerDay / HUNDRED_GB_PER_DAY));
  const saved = PRICES.cloudwatch.logsGb.usd - per100Gb / 100;
  return {
    atRest,
    awake,
    per100Gb,
    breakEvenGb: saved > 0 ? (atRest + awake) / saved : Number.POSITIVE_INFINITY,
  };
}

/** The comparison that the command prints: the default first, then one thing changed at a time. */
export const DEFAULT_VARIANT: Variant = { records: 'packed', fanOut: 'shared', mode: 'provisioned' };
export const VARIANTS: readonly Variant[] = [
  DEFAULT_VARIANT,
  { records: 'packed', fanOut: 'enhanced', mode: 'provisioned' },
  { records: 'packed', fanOut: 'shared', mode: 'on-demand' },
  { records: 'line by line', fanOut: 'shared', mode: 'provisioned' },
  { records: 'line by line', fanOut: 'shared', mode: 'on-demand' },
];
