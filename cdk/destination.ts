import { Stack } from 'aws-cdk-lib';
import { CfnStreamConsumer, type IStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { FEW_ARENAS } from '../shared/settings/function-environment.ts';
import { type DrainConfig, type Manifest, recordAgeSeconds } from './config.ts';
import { createFunction, type DrainFunction } from './function.ts';
import { grant } from './grant.ts';
import { pascal } from './pascal.ts';

/** How long one invocation may take; its code keeps a reserve of this for parking. */
const DESTINATION_TIMEOUT_S = 60;

/** What every destination of a drain shares. */
export interface DestinationContext {
  readonly config: DrainConfig;
  /** The drain's name: the metric dimension `Stack`. */
  readonly drain: string;
  readonly stream: IStream;
  readonly bucket: Bucket;
  /** The folder of a function's built bundle. */
  readonly assetOf: (id: string) => string;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html */
const READ_ACTIONS = [
  'kinesis:DescribeStream',
  'kinesis:DescribeStreamSummary',
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
];

function environmentOf(
  { assumesRoles = false }: Manifest,
  { config, drain, bucket }: DestinationContext,
): Record<string, string> {
  const { secretPrefix, stallLimitSeconds, isolationLimitSeconds, allowPrivateDestinations, assumableRoles } =
    config;
  return {
    SECRET_PREFIX: secretPrefix,
    PARKING_BUCKET: bucket.bucketName,
    STALL_LIMIT_SECONDS: String(stallLimitSeconds),
    ISOLATION_LIMIT_SECONDS: String(isolationLimitSeconds),
    POWERTOOLS_SERVICE_NAME: drain,
    ...FEW_ARENAS,
    ...(allowPrivateDestinations.length === 0
      ? {}
      : { ALLOW_PRIVATE_DESTINATIONS: allowPrivateDestinations.join(',') }),
    ...(assumesRoles && assumableRoles.length > 0 ? { ASSUMABLE_ROLES: assumableRoles.join(',') } : {}),
  };
}

function grantSecrets({ role }: DrainFunction, id: string, config: DrainConfig): void {
  const { partition, region, account } = Stack.of(role);
  const secret = `arn:${partition}:secretsmanager:${region}:${account}:secret:${config.secretPrefix}/*/${id}`;
  grant(role, {
    actions: ['secretsmanager:GetSecretValue'],
    // Secrets Manager adds six characters to a secret's name; the name alone is what a missing secret is judged by.
    resources: [secret, `${secret}-??????`],
    why: "One secret for each agent, whose ids are not known at deployment; other destinations' secrets end in another id.",
  });
  if (config.secretsKeyArn === undefined) return;
  grant(role, {
    actions: ['kms:Decrypt'],
    resources: [config.secretsKeyArn],
    conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
    why: 'The secrets are encrypted with this key.',
  });
}

function grantParking({ role }: DrainFunction, id: string, bucket: Bucket): void {
  grant(role, {
    actions: ['s3:PutObject'],
    resources: ['parked', 'rejected', 'unreadable'].map((kind) => bucket.arnForObjects(`${kind}/${id}/*`)),
    why: 'The function puts aside what it cannot deliver, under its own prefixes; object names hold agents and times.',
  });
  // https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
  grant(role, {
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects('aws/lambda/*')],
    why: 'Lambda stores expired batches with the role of the function, under keys that it chooses itself.',
  });
  grant(role, {
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    why: 'Lambda demands it of the role for a mapping with an S3 on-failure destination.',
  });
}

/** A destination's function, and the mapping that feeds it. */
export interface DestinationFunction extends DrainFunction {
  /** The mapping's UUID. */
  readonly mappingId: string;
}

/** Returns what the mapping reads from: the stream, or with enhanced fan-out a consumer of this function's own. */
function grantReading(scope: Construct, fn: DrainFunction, context: DestinationContext): string {
  const { config, drain, stream } = context;
  grant(fn.role, {
    actions: READ_ACTIONS,
    resources: [stream.streamArn],
    why: 'The mapping reads the stream.',
  });
  if (stream.encryptionKey !== undefined) {
    const resources = [stream.encryptionKey.keyArn];
    grant(fn.role, { actions: ['kms:Decrypt'], resources, why: 'The stream is encrypted with this key.' });
  }
  if (config.fanOut === 'shared') return stream.streamArn;
  const consumer = new CfnStreamConsumer(scope, 'Consumer', {
    consumerName: `${drain}-${scope.node.id.toLowerCase()}`,
    streamArn: stream.streamArn,
  });
  grant(fn.role, {
    actions: ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'],
    resources: [consumer.attrConsumerArn],
    why: 'The mapping reads through its own consumer.',
  });
  return consumer.attrConsumerArn;
}

/** A destination's function and its mapping. The ids below are part of the deployed form: a new id is a new mapping. */
export function createDestination(
  parent: Construct,
  manifest: Manifest,
  context: DestinationContext,
): DestinationFunction {
  const { config, bucket, assetOf } = context;
  const { id, title } = manifest;
  const scope = new Construct(parent, pascal(id));
  const fn = createFunction(scope, {
    config,
    asset: assetOf(id),
    description: `Delivers the lines of agents to ${title}`,
    timeoutSeconds: DESTINATION_TIMEOUT_S,
    environment: environmentOf(manifest, context),
  });
  grantSecrets(fn, id, config);
  if (manifest.assumesRoles === true && config.assumableRoles.length > 0) {
    grant(fn.role, {
      actions: ['sts:AssumeRole'],
      resources: config.assumableRoles,
      why: 'Agents whose settings name one of these roles are served under it; others name keys of their own.',
    });
  }
  grantParking(fn, id, bucket);
  const mapping = new CfnEventSourceMapping(scope, 'Mapping', {
    functionName: fn.lambda.functionName,
    eventSourceArn: grantReading(scope, fn, context),
    ...(config.replayFrom === undefined
      ? { startingPosition: 'TRIM_HORIZON' }
      : {
          startingPosition: 'AT_TIMESTAMP',
          startingPositionTimestamp: Date.parse(config.replayFrom) / 1000,
        }),
    batchSize: 1000,
    maximumBatchingWindowInSeconds: 2,
    parallelizationFactor: 1,
    // A reported stall uses up attempts as a crash does, so age alone decides.
    maximumRetryAttempts: -1,
    maximumRecordAgeInSeconds: recordAgeSeconds(config.stallLimitSeconds),
    bisectBatchOnFunctionError: true,
    functionResponseTypes: ['ReportBatchItemFailures'],
    destinationConfig: { onFailure: { destination: bucket.bucketArn } },
    metricsConfig: { metrics: ['EventCount'] },
  });
  // Lambda checks the role's permissions when the mapping is made.
  mapping.node.addDependency(fn.role);
  return { ...fn, mappingId: mapping.ref };
}
