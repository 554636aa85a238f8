import type { Manifest } from '../../shared/destination/contract.ts';
import { LOGS_CA, LOGS_MIN_LEVEL } from '../../shared/settings/setting-infos.ts';

const DAY_MS = 86_400_000;

/** https://develop.sentry.dev/sdk/telemetry/logs/ */
export const MANIFEST = {
  id: 'sentry',
  title: 'Sentry',
  link: 'https://docs.sentry.io/product/explore/logs/',
  settings: [
    { name: 'SENTRY_DSN', required: true, secret: true, about: 'DSN of the project.' },
    LOGS_MIN_LEVEL,
    LOGS_CA,
  ],
  limits: {
    // At most 100 logs in an envelope.
    maxEvents: 100,
    // 1 MiB for a log item, less the envelope's two headers.
    maxBytes: 1_000_000,
    maxEventBytes: 900_000,
  },
  time: {
    // About 30 days; Relay gives older ones the time of receipt.
    maxAgeMs: 29 * DAY_MS,
    older: 'restamp',
  },
  requestPer: 'agent',
  window: 8,
  maxInFlight: 32,
  blankLine: 'keep',
} as const satisfies Manifest;
