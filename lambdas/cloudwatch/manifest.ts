import type { Manifest } from '../../shared/destination/contract.ts';
import { LOGS_MIN_LEVEL } from '../../shared/settings/setting-infos.ts';

export const DEFAULT_REGION = 'us-west-2';

/** What each event counts beside its message. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
export const EVENT_OVERHEAD_BYTES = 26;

/** "The maximum batch size is 1,048,576 bytes", by the same page; an event may fill it. */
const MAX_BATCH_BYTES = 1_048_576;

/**
 * The names and brackets around the events, which the service does not count but the batch's sum here does: two ids
 * of at most 128 characters and 51 more.
 */
const ROOM_FOR_HEAD_BYTES = 512;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const MANIFEST = {
  id: 'cloudwatch',
  title: 'Amazon CloudWatch Logs',
  link: 'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html',
  settings: [
    { name: 'AWS_ACCESS_KEY_ID', required: true, secret: false, about: 'Access key ID of an IAM user.' },
    { name: 'AWS_SECRET_ACCESS_KEY', required: true, secret: true, about: 'Secret access key of that user.' },
    {
      name: 'AWS_REGION',
      required: false,
      secret: false,
      default: DEFAULT_REGION,
      about: 'Region of the log groups.',
    },
    {
      name: 'AWS_SESSION_TOKEN',
      required: false,
      secret: true,
      about: 'Session token that belongs to temporary keys; delivery stops when it expires.',
    },
    {
      name: 'AWS_ROLE_ARN',
      required: false,
      secret: false,
      about:
        'Role to assume, in place of keys: one of assumableRoles, which must trust the function for the agent id as external id.',
    },
    {
      name: 'CLOUDWATCH_URL',
      required: false,
      secret: false,
      about: 'Endpoint instead of the public one of the region, for example that of a VPC endpoint.',
    },
    LOGS_MIN_LEVEL,
  ],
  limits: {
    maxEvents: 10_000,
    maxBytes: MAX_BATCH_BYTES,
    maxEventBytes: MAX_BATCH_BYTES - ROOM_FOR_HEAD_BYTES,
  },
  // Same page: none older than 14 days, none more than 2 hours ahead, ascending, 24 hours from first to last.
  time: {
    maxAgeMs: 14 * DAY_MS,
    older: 'reject',
    maxAheadMs: 10 * MINUTE_MS,
    raiseUpToMs: 5 * MINUTE_MS,
    maxSpanMs: DAY_MS,
  },
  requestPer: 'worker',
  window: 1,
  maxInFlight: 32,
  assumesRoles: true,
  // InputLogEvent's message has at least one character.
  blankLine: 'space',
} as const satisfies Manifest;
