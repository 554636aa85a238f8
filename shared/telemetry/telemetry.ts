/** What delivery tells of itself: numbers for metrics, and one structured log line for each trouble. */
export interface Telemetry {
  readonly count: (metric: CountMetric, value: number) => void;
  /** Read by the shipper → accepted, ms. */
  readonly latency: (ms: number) => void;
  /** Never given line content or a secret. */
  readonly log: (
    level: 'info' | 'warn' | 'error',
    event: string,
    fields: Readonly<Record<string, LogValue>>,
  ) => void;
  /** Writes the metrics counted since the last call. */
  readonly flush: () => void;
}

export type LogValue = string | number | boolean | readonly string[];

export type CountMetric =
  | 'LinesReceived'
  | 'LinesDelivered'
  | 'LinesParked'
  | 'LinesRejected'
  | 'LinesMisconfigured'
  | 'LinesUnreadable'
  | 'LinesSkipped'
  | 'Duplicates'
  | 'Unconfirmed'
  | 'Attempts'
  | 'AttemptsFailed'
  | 'Bytes';
