import type { Manifest } from '../../shared/destination/contract.ts';
import { LOGS_CA, LOGS_MIN_LEVEL } from '../../shared/settings/setting-infos.ts';

const HOUR_MS = 3_600_000;

/** Figures: https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/#limits */
export const MANIFEST = {
  id: 'newrelic',
  title: 'New Relic',
  link: 'https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/',
  settings: [
    {
      name: 'NEW_RELIC_LICENSE_KEY',
      required: true,
      secret: true,
      about: 'License key of the account; its beginning tells the region.',
    },
    {
      name: 'NEW_RELIC_URL',
      required: false,
      secret: false,
      about: 'Address to send to instead of the region’s log API.',
    },
    LOGS_MIN_LEVEL,
    LOGS_CA,
  ],
  limits: {
    // None documented; lines this short fill a request by its bytes first.
    maxEvents: 10_000,
    // 1 MB (10^6) per POST; whether zipped or not is left open, so: not.
    maxBytes: 1_000_000,
    // A longer value is stored up to 128 kB and cut there.
    maxEventBytes: 128_000,
  },
  time: {
    // Older than 48 hours may be dropped without a word.
    maxAgeMs: 47.5 * HOUR_MS,
    older: 'restamp',
  },
  requestPer: 'agent',
  window: 8,
  maxInFlight: 32,
  blankLine: 'keep',
} as const satisfies Manifest;
