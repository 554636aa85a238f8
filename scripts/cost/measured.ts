import type { DestinationId } from '../../shared/delivery/destination.ts';

interface Measured {
  /** Time of a whole processor for each MB (10^6 bytes) of text, all threads. */
  readonly cpuMsPerMb: number;
  /** Bytes of request bodies for each byte of text; syslog's are not compressed. */
  readonly sentPerByte: number;
}

/** What `npm run bench -- functions` measured with Node 24 on lines of 240 bytes: docs/performance.md. */
export const MEASURED: Readonly<Record<DestinationId, Measured>> = {
  datadog: { cpuMsPerMb: 17.6, sentPerByte: 0.15 },
  cloudwatch: { cpuMsPerMb: 13.6, sentPerByte: 1.29 },
  sentry: { cpuMsPerMb: 32.5, sentPerByte: 0.18 },
  newrelic: { cpuMsPerMb: 15.5, sentPerByte: 0.14 },
  splunk: { cpuMsPerMb: 16.9, sentPerByte: 0.15 },
  syslog: { cpuMsPerMb: 18.5, sentPerByte: 1.32 },
};
