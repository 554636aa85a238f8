import type { DestinationId } from '../../lambdas/registry.ts';

export interface Measured {
  /** Time of a whole processor for each MB (10^6 bytes) of text, all threads. */
  readonly cpuMsPerMb: number;
  /** Bytes of request bodies for each byte of text; syslog's are not compressed. */
  readonly sentPerByte: number;
}

/** What `npm run bench -- functions` measured with Node 24 on lines of 240 bytes: docs/performance.md. A new destination has no figures yet. */
export const MEASURED: Readonly<Partial<Record<DestinationId, Measured>>> = {
  datadog: { cpuMsPerMb: 11.4, sentPerByte: 0.15 },
  cloudwatch: { cpuMsPerMb: 10, sentPerByte: 1.29 },
  sentry: { cpuMsPerMb: 19.6, sentPerByte: 0.19 },
  newrelic: { cpuMsPerMb: 10.8, sentPerByte: 0.14 },
  splunk: { cpuMsPerMb: 12.4, sentPerByte: 0.15 },
  syslog: { cpuMsPerMb: 9.5, sentPerByte: 1.32 },
};

/** The figures of a destination; of one that was not measured, the highest of all others. */
export function measuredOrHighest(id: DestinationId): Measured {
  const all = Object.values(MEASURED);
  const highest = {
    cpuMsPerMb: Math.max(...all.map(({ cpuMsPerMb }) => cpuMsPerMb)),
    sentPerByte: Math.max(...all.map(({ sentPerByte }) => sentPerByte)),
  };
  return MEASURED[id] ?? highest;
}
