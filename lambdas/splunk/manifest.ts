import type { Manifest } from '../../shared/destination/contract.ts';
import { LOGS_CA, LOGS_MIN_LEVEL } from '../../shared/settings/setting-infos.ts';

/** https://docs.splunk.com/Documentation/Splunk/latest/Data/HECRESTendpoints */
export const MANIFEST = {
  id: 'splunk',
  title: 'Splunk',
  link: 'https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector',
  settings: [
    {
      name: 'LOGS_ENABLE_SPLUNK',
      required: true,
      secret: false,
      about: '1, or 0 for off: then nothing is sent to Splunk.',
    },
    { name: 'SPLUNK_HEC_TOKEN', required: true, secret: true, about: 'Token of the HTTP Event Collector.' },
    {
      name: 'SPLUNK_HEC_URL',
      required: true,
      secret: false,
      about: 'Address of the HTTP Event Collector with its port, such as https://splunk.example:8088.',
    },
    {
      name: 'SPLUNK_INDEX',
      required: false,
      secret: false,
      about: 'Index to write to; without it, the one that the token names.',
    },
    {
      name: 'SPLUNK_SOURCETYPE',
      required: false,
      secret: false,
      default: '_json',
      about: 'Source type of the events, which decides how Splunk reads them.',
    },
    {
      name: 'SPLUNK_SOURCE',
      required: false,
      secret: false,
      default: 'livekit:cloud-agents',
      about: 'Source of the events.',
    },
    LOGS_MIN_LEVEL,
    LOGS_CA,
    {
      name: 'SPLUNK_CA',
      required: false,
      secret: false,
      about: 'PEM certificates to trust in addition to the public ones; the same as LOGS_CA.',
    },
  ],
  limits: {
    // None documented; lines this short fill a request by its bytes first.
    maxEvents: 10_000,
    // `max_content_length` of limits.conf was 1,000,000 once and is far more today.
    maxBytes: 1_000_000,
    maxEventBytes: 900_000,
  },
  time: {},
  requestPer: 'agent',
  window: 8,
  maxInFlight: 32,
  // Only the event itself must not be blank, and ours is an object.
  blankLine: 'keep',
} as const satisfies Manifest;
