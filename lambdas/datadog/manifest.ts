import type { Manifest } from '../../shared/destination/contract.ts';
import { LOGS_CA, LOGS_MIN_LEVEL } from '../../shared/settings/setting-infos.ts';

const HOUR_MS = 3_600_000;

/** Figures: https://docs.datadoghq.com/api/latest/logs/#send-logs */
export const MANIFEST = {
  id: 'datadog',
  title: 'Datadog',
  link: 'https://docs.datadoghq.com/api/latest/logs/#send-logs',
  settings: [
    { name: 'DATADOG_TOKEN', required: true, secret: true, about: 'Client token (pub…) or API key.' },
    {
      name: 'DATADOG_REGION',
      required: false,
      secret: false,
      default: 'us1',
      about: 'Region of the account: us1, us3, us5, us1-fed, us2-fed, eu, ap1, ap2 or uk1.',
    },
    {
      name: 'DATADOG_URL',
      required: false,
      secret: false,
      about: 'Address to send to instead of the region’s intake, such as a proxy of your own.',
    },
    LOGS_MIN_LEVEL,
    LOGS_CA,
  ],
  limits: {
    maxEvents: 1_000,
    // 5 MB before compression; Vector's Datadog sink keeps the same distance.
    maxBytes: 4_250_000,
    // 1 MB, beyond which it is cut without a word; the Datadog Agent stays at 900 kB too.
    maxEventBytes: 900_000,
  },
  time: {
    // Older than 18 hours is dropped without a word.
    maxAgeMs: 17.5 * HOUR_MS,
    older: 'restamp',
    // Not documented for the future; two hours are reported.
    maxAheadMs: HOUR_MS,
  },
  requestPer: 'agent',
  window: 8,
  maxInFlight: 32,
  blankLine: 'keep',
} as const satisfies Manifest;
