import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { MANIFESTS } from '../lambdas/registry.ts';
import {
  type CrossCheck,
  cidr,
  keyArn,
  oneOf,
  roleArn,
  streamArn,
  text,
  time,
  topicArn,
  wholeNumber,
  withCrossChecks,
} from './checks.ts';

/** A destination in plain data. */
export type Manifest = (typeof MANIFESTS)[number];

export const DESTINATION_IDS: readonly Manifest['id'][] = MANIFESTS.map(({ id }) => id);

const LOG_RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** What a stream keeps where nothing else is said (docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html). */
export const DEFAULT_RETENTION_HOURS = 24;

/** The oldest a record may get before the mapping hands it to the parking bucket, in seconds. */
export function recordAgeSeconds(stallLimitSeconds: number): number {
  return Math.max(4 * stallLimitSeconds, 3600);
}

const stream = withCrossChecks(
  z.strictObject({
    arn: streamArn.optional(),
    mode: oneOf(['provisioned', 'on-demand']).optional(),
    shards: wholeNumber(1, 10_000).optional(),
    retentionHours: wholeNumber(DEFAULT_RETENTION_HOURS, 8760).optional(),
    encryption: oneOf(['aws-managed', 'customer']).optional(),
    keyArn: keyArn.optional(),
  }),
  [
    {
      key: 'shards',
      holds: ({ mode, shards }) => mode !== 'on-demand' || shards === undefined,
      error: 'does not go with mode on-demand: leave one of them out',
    },
    {
      key: 'keyArn',
      holds: ({ encryption, keyArn: key }) => encryption !== 'aws-managed' || key === undefined,
      error: 'does not go with encryption aws-managed: leave one of them out',
    },
    {
      key: 'arn',
      holds: ({ arn, mode, shards, retentionHours, encryption }) =>
        arn === undefined || [mode, shards, retentionHours, encryption].every((it) => it === undefined),
      error:
        'names an existing stream, whose mode, shards, retentionHours and encryption are set elsewhere: leave them out',
    },
  ],
);

const alarms = z.strictObject({
  topicArn: topicArn.optional(),
  email: z.email({ error: 'must be an e-mail address' }).optional(),
  quietMinutes: wholeNumber(5, 1440).optional(),
  failedPercent: wholeNumber(1, 100).default(20),
  failedAttempts: wholeNumber(1, 1_000_000).default(10),
  refusedLines: wholeNumber(1, 1_000_000_000).default(1),
  parkedLines: wholeNumber(1, 1_000_000_000).default(1),
  iteratorAgeSeconds: wholeNumber(1, 86_400).default(60),
});

const vpc = z.strictObject({
  subnetIds: z.array(text(/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, 'the id of a subnet, subnet-…')).min(1),
  securityGroupIds: z
    .array(text(/^sg-([0-9a-f]{8}|[0-9a-f]{17})$/, 'the id of a security group, sg-…'))
    .min(1),
});

/** Every key of a drain, with its default. docs/deploy.md has a row for each. */
const drainShape = {
  destinations: z
    .array(oneOf(DESTINATION_IDS), { error: `must be a list of ${DESTINATION_IDS.join(', ')}` })
    .min(1, { error: `must name at least one of ${DESTINATION_IDS.join(', ')}` })
    .refine((ids) => new Set(ids).size === ids.length, { error: 'names a destination twice' }),
  stream: stream.prefault({}),
  producerAccounts: z.array(text(/^\d{12}$/, 'an account id of 12 digits')).default([]),
  fanOut: oneOf(['shared', 'enhanced']).default('shared'),
  replayFrom: time.optional(),
  stallLimitSeconds: wholeNumber(60, 151_200).default(900),
  isolationLimitSeconds: wholeNumber(1, 3600).default(10),
  allowPrivateDestinations: z.array(cidr).default([]),
  assumableRoles: z.array(roleArn).default([]),
  vpc: vpc.optional(),
  memoryMb: wholeNumber(256, 10_240).default(512),
  logRetentionDays: oneOf(LOG_RETENTION_DAYS).default(RetentionDays.ONE_MONTH),
  parkingDays: wholeNumber(2, 3650).default(30),
  redriveEveryMinutes: wholeNumber(1, 60).default(5),
  redriveMaxObjects: wholeNumber(1, 100_000).optional(),
  secretPrefix: text(
    /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+){0,7}$/,
    'made of letters, digits and _ . - with / between its parts',
  ).default('log-drain'),
  secretsKeyArn: keyArn.optional(),
  alarms: alarms.prefault({}),
  removalPolicy: oneOf(['retain', 'destroy']).default('retain'),
};

function streamOf(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object(config['stream']) as Record<string, unknown>;
}

const CROSS_CHECKS: readonly CrossCheck[] = [
  {
    key: 'stallLimitSeconds',
    holds: (config) => {
      const hours = Number(streamOf(config)['retentionHours'] ?? DEFAULT_RETENTION_HOURS);
      return !(recordAgeSeconds(Number(config['stallLimitSeconds'])) > hours * 3600);
    },
    error: "must be at most a quarter of the stream's retention, or records expire while they wait",
  },
  {
    key: 'isolationLimitSeconds',
    holds: (config) => !(Number(config['isolationLimitSeconds']) > Number(config['stallLimitSeconds'])),
    error: 'must not be above stallLimitSeconds',
  },
  {
    key: 'replayFrom',
    holds: ({ fanOut, replayFrom }) => fanOut !== 'enhanced' || replayFrom !== undefined,
    error:
      'is required with fanOut enhanced, whose mappings are new and begin to read there: give a time a few minutes ' +
      'before you deploy (what was read since then is sent twice), or any past time on a first deployment',
  },
  {
    key: 'producerAccounts',
    holds: (config) => {
      const { encryption, keyArn: key } = streamOf(config);
      const accounts = config['producerAccounts'];
      return (
        !Array.isArray(accounts) || accounts.length === 0 || encryption === 'customer' || key !== undefined
      );
    },
    error:
      'needs stream.encryption customer or stream.keyArn: other accounts cannot use the key that AWS manages',
  },
  {
    key: 'producerAccounts',
    holds: (config) => {
      const accounts = config['producerAccounts'];
      return !Array.isArray(accounts) || accounts.length === 0 || streamOf(config)['arn'] === undefined;
    },
    error: 'does not go with stream.arn: say who may write to an existing stream where that stream was made',
  },
];

/** What a `LogDrain` is made from. */
export const drainSchema = withCrossChecks(z.strictObject(drainShape), CROSS_CHECKS);

/** What the app reads from the context key `log-drain`. */
export const appSchema = withCrossChecks(
  z.strictObject({
    stackName: text(
      /^[A-Za-z][A-Za-z0-9-]{0,99}$/,
      'a stack name: letters, digits and -, at most 100',
    ).default('log-drain'),
    ...drainShape,
  }),
  CROSS_CHECKS,
);

/** A drain's configuration as it is written, with everything but `destinations` optional. */
export type DrainInput = z.input<typeof drainSchema>;
/** A drain's configuration with every default filled in. */
export type DrainConfig = z.output<typeof drainSchema>;
export type AppConfig = z.output<typeof appSchema>;
