/** Hours that AWS counts in a month. */
export const HOURS_PER_MONTH = 730;

/** A list price of us-east-1 in US dollars: first tier, no free tier, no tax. */
export interface Price {
  readonly usd: number;
  readonly per: string;
  /** The page where the figure was read. */
  readonly source: string;
  /** When that page was written, `YYYY-MM`. Undefined: it does not say, so look the figure up before you rely on it. */
  readonly date?: string;
}

/** From this month on a price counts as confirmed. */
const RECENT = '2025-01';

const TREK10 = {
  source:
    'https://trek10.com/blog/amazon-kinesis-data-streams-on-demand-vs.-provisioned-billing-mode-cost-comparison',
  date: '2023-09',
};
const C3X = { source: 'https://c3x.dev/resources/aws/aws_kinesis_stream' };
const KINESIS = { source: 'https://aws.amazon.com/kinesis/data-streams/pricing/' };
const WRING = { source: 'https://wring.co/blog/aws-lambda-pricing-guide', date: '2026-03' };
const SIGNOZ = { source: 'https://signoz.io/guides/cloudwatch-pricing', date: '2026-02' };
const FACTUALMINDS = {
  source: 'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/',
  date: '2026-06',
};
const CLOUDWATCH = { source: 'https://aws.amazon.com/cloudwatch/pricing/' };
const HIVEBOOK = {
  source: 'https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms',
};
const DEVNOTES = {
  source: 'https://devnotes.tech/understanding-aws-s3-pricing-a-complete-cost-breakdown-with-examples',
};
const LEANOPS = { source: 'https://leanopstech.com/blog/aws-data-transfer-pricing-2026/', date: '2026-04' };

/** What the parts of a drain cost. */
export const PRICES = {
  kinesis: {
    shardHour: { usd: 0.015, per: 'shard and hour', ...TREK10 },
    putUnits: { usd: 0.014, per: 'million PUT payload units of 25 KB', ...TREK10 },
    extendedShardHour: { usd: 0.02, per: 'shard and hour, for a retention of 1 to 7 days', ...C3X },
    consumerShardHour: { usd: 0.015, per: 'consumer, shard and hour', ...C3X },
    consumerGb: { usd: 0.013, per: 'GB that a consumer reads', ...C3X },
    streamHour: { usd: 0.04, per: 'on-demand stream and hour', ...TREK10 },
    onDemandInGb: { usd: 0.08, per: 'GB written on-demand, records rounded up to 1 KB', ...TREK10 },
    onDemandOutGb: { usd: 0.04, per: 'GB read on-demand', ...TREK10 },
    onDemandConsumerGb: { usd: 0.05, per: 'GB that a consumer reads on-demand', ...KINESIS },
  },
  lambda: {
    requests: { usd: 0.2, per: 'million requests', ...WRING },
    gbSecond: { usd: 0.0000133334, per: 'GB-second on arm64', ...WRING },
  },
  cloudwatch: {
    metric: { usd: 0.3, per: 'custom metric and month', ...SIGNOZ },
    alarmMetric: { usd: 0.1, per: 'metric that an alarm watches, and month', ...CLOUDWATCH },
    dashboard: { usd: 3, per: 'dashboard and month', ...FACTUALMINDS },
    logsGb: { usd: 0.5, per: 'GB of logs taken in', ...FACTUALMINDS },
  },
  secrets: {
    secret: { usd: 0.4, per: 'secret and month', ...HIVEBOOK },
    calls: { usd: 0.05, per: '10,000 calls', ...HIVEBOOK },
  },
  s3: { lists: { usd: 0.005, per: '1,000 LIST or PUT requests', ...DEVNOTES } },
  network: { internetGb: { usd: 0.09, per: 'GB sent to the internet', ...LEANOPS } },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Price>>>>;

/** Whether a page of recent years states the figure. */
export function isConfirmed({ date }: Price): boolean {
  return date !== undefined && date >= RECENT;
}
