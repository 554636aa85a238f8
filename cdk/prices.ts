/** Hours that AWS counts in a month. */
export const HOURS_PER_MONTH = 730;

/** A list price in US dollars: first tier, no free tier, no tax. */
export interface Price {
  readonly usd: number;
  readonly region: string;
  /** Of the source as it was read. */
  readonly date: string;
  readonly source: string;
}
const REGION = 'us-east-1';
export const PRICES = {
  kinesis: {
    consumerShardHour: { usd: 0.015, region: REGION, date: '2026', source: '' },
    consumerGb: { usd: 0.013, region: REGION, date: '2026', source: '' },
  },
} satisfies Readonly<Record<string, Readonly<Record<string, Price>>>>;
