import type { DrainConfig } from './config.ts';

/** Whose metric it is: ours of a destination, or AWS's of its function or mapping, of the redrive function, of the stream. */
export type MetricOwner = 'destination' | 'function' | 'mapping' | 'redrive' | 'stream';

interface MetricRow {
  readonly of: MetricOwner;
  readonly name: string;
  readonly statistic: 'Sum' | 'Maximum';
}

/** An alarm as plain data. Periods are one minute. */
export interface AlarmRow {
  /** PascalCase; part of the alarm's name. */
  readonly id: string;
  /** By the names that `expression` uses; without an expression, the one metric that is watched. */
  readonly metrics: Readonly<Record<string, MetricRow>>;
  /** CloudWatch metric math: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
  readonly expression?: string;
  readonly breaches: 'at least' | 'above' | 'below';
  readonly threshold: number;
  /** Out of the last so many minutes … */
  readonly minutes: number;
  /** … so many must breach. */
  readonly breachingMinutes: number;
  readonly missing: 'notBreaching' | 'breaching';
  /** What happened and what to do next, for whoever is woken by it. */
  readonly says: string;
}

const DAY_S = 86_400;
const LONGEST_REDRIVE_MINUTES = 15;

const ours = (name: string, statistic: MetricRow['statistic'] = 'Sum'): MetricRow => ({
  of: 'destination',
  name,
  statistic,
});
const lambdas = (name: string): MetricRow => ({ of: 'function', name, statistic: 'Sum' });
const streams = (name: string): MetricRow => ({ of: 'stream', name, statistic: 'Sum' });

/** Once within five minutes, where quiet means that nothing is reported. */
const ONCE = { breaches: 'at least', minutes: 5, breachingMinutes: 1, missing: 'notBreaching' } as const;
/** Most of five minutes. */
const LASTING = { minutes: 5, breachingMinutes: 3, missing: 'notBreaching' } as const;

function deliveryAlarms({ alarms }: DrainConfig): readonly AlarmRow[] {
  const { failedPercent, failedAttempts, refusedLines, parkedLines, iteratorAgeSeconds } = alarms;
  return [
    {
      id: 'DeliveryErrors',
      metrics: { failed: ours('AttemptsFailed'), attempts: ours('Attempts') },
      expression: `IF(failed >= ${failedAttempts} AND failed * 100 >= ${failedPercent} * attempts, 1, 0)`,
      ...LASTING,
      breaches: 'at least',
      threshold: 1,
      says: 'The service refuses or fails many requests. The dashboard shows which agents and why; lines wait and are not lost yet.',
    },
    {
      id: 'LinesMisconfigured',
      metrics: { refused: ours('LinesMisconfigured') },
      ...ONCE,
      threshold: refusedLines,
      says: 'The service turned lines down for good, as with a wrong token or index. They are parked; correct the secret and redrive sends them.',
    },
    {
      id: 'LinesParked',
      metrics: { parked: ours('LinesParked') },
      ...ONCE,
      threshold: parkedLines,
      says: 'Lines could not be delivered in time and are in the parking bucket. Redrive sends them again; see the dashboard for the reason.',
    },
    {
      id: 'Late',
      metrics: { age: { of: 'function', name: 'IteratorAge', statistic: 'Maximum' } },
      ...LASTING,
      breaches: 'above',
      threshold: iteratorAgeSeconds * 1000,
      says: 'Lines are read late from the stream: the service is slow or stalls, or the stream has too many readers for its shards.',
    },
  ];
}

function functionAlarms(): readonly AlarmRow[] {
  return [
    {
      id: 'FunctionErrors',
      metrics: { errors: lambdas('Errors') },
      ...ONCE,
      threshold: 1,
      says: 'The function crashed, ran out of memory or of time. Its log group says which; the mapping repeats the batch, so nothing is lost yet.',
    },
    {
      id: 'FunctionThrottles',
      metrics: { throttles: lambdas('Throttles') },
      ...LASTING,
      breaches: 'at least',
      threshold: 1,
      says: "The account's concurrency is used up, so the function is not started. Raise the quota, or find what uses it.",
    },
    {
      id: 'NotRunning',
      // Not the function's Invocations: redrive's would hide a mapping that is disabled. A record that is tried again counts again.
      metrics: {
        incoming: streams('IncomingRecords'),
        invoked: { of: 'mapping', name: 'InvokedEventCount', statistic: 'Sum' },
      },
      expression: 'IF(FILL(incoming, 0) > 0 AND FILL(invoked, 0) == 0, 1, 0)',
      breaches: 'at least',
      threshold: 1,
      minutes: 5,
      breachingMinutes: 5,
      missing: 'notBreaching',
      says: 'Lines come in, but none is handed to the function. Its mapping is disabled or may not read the stream: log-drain doctor tells which.',
    },
  ];
}

function parkingAlarms({ parkingDays, redriveEveryMinutes }: DrainConfig): readonly AlarmRow[] {
  // Redrive reports at the end of each run, so the alarm must look back over one and over the time until the next.
  const minutes = LONGEST_REDRIVE_MINUTES + redriveEveryMinutes;
  return [
    {
      id: 'BatchesExpired',
      metrics: { expired: ours('OnFailureObjects') },
      ...ONCE,
      minutes,
      threshold: 1,
      says: 'Batches grew too old in the stream and Lambda moved them to the parking bucket. Redrive sends them; look for crashes or throttling.',
    },
    {
      id: 'ParkedTooLong',
      metrics: { oldest: ours('OldestParked', 'Maximum') },
      ...ONCE,
      minutes,
      threshold: (parkingDays * DAY_S) / 2,
      says: `Parked lines wait for more than half of the ${parkingDays} days after which the bucket deletes them. Find out why redrive cannot deliver them.`,
    },
  ];
}

/** The alarms of each destination. */
export function destinationAlarms(config: DrainConfig): readonly AlarmRow[] {
  return [...deliveryAlarms(config), ...functionAlarms(), ...parkingAlarms(config)];
}

/** The alarms that a drain has once, whatever its destinations. */
export function drainAlarms({ alarms: { quietMinutes } }: DrainConfig): readonly AlarmRow[] {
  const rows: AlarmRow[] = [
    {
      id: 'WriteThrottles',
      metrics: { throttled: streams('WriteProvisionedThroughputExceeded') },
      ...LASTING,
      breaches: 'at least',
      threshold: 1,
      says: 'Agents write more than the stream takes. Shippers hold lines back and try again; add shards or switch to on-demand.',
    },
    {
      id: 'RedriveErrors',
      metrics: { errors: { of: 'redrive', name: 'Errors', statistic: 'Sum' } },
      ...ONCE,
      threshold: 1,
      says: 'Redrive crashed, or could not use the bucket or a function, so parked lines stay where they are. Its log group says why.',
    },
  ];
  if (quietMinutes === undefined) return rows;
  return [
    ...rows,
    {
      id: 'Quiet',
      metrics: { incoming: streams('IncomingRecords') },
      breaches: 'below',
      threshold: 1,
      minutes: quietMinutes,
      breachingMinutes: quietMinutes,
      missing: 'breaching',
      says: `No agent has sent a line for ${quietMinutes} minutes: agents are stopped, or their shippers cannot reach the stream.`,
    },
  ];
}
