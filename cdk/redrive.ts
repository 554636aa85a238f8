import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { FEW_ARENAS } from '../shared/settings/function-environment.ts';
import type { DrainConfig } from './config.ts';
import { createFunction, type DrainFunction } from './function.ts';
import { grant } from './grant.ts';
import { pascal } from './pascal.ts';

/** As long as Lambda lets any function run. */
const REDRIVE_TIMEOUT_S = 900;

export interface RedriveOptions {
  readonly config: DrainConfig;
  readonly drain: string;
  readonly bucket: Bucket;
  readonly asset: string;
  /** By destination id. */
  readonly functions: Readonly<Record<string, DrainFunction>>;
}

/** The scheduled function that sends parked objects again. */
export function createRedrive(parent: Construct, options: RedriveOptions): DrainFunction {
  const { config, drain, bucket, asset, functions } = options;
  const scope = new Construct(parent, 'Redrive');
  const arns = Object.fromEntries(
    Object.entries(functions).map(([id, { lambda }]) => [id, lambda.functionArn]),
  );
  const fn = createFunction(scope, {
    config,
    asset,
    description: 'Sends again what could not be delivered',
    timeoutSeconds: REDRIVE_TIMEOUT_S,
    environment: {
      PARKING_BUCKET: bucket.bucketName,
      DESTINATION_FUNCTIONS: Stack.of(scope).toJsonString(arns),
      POWERTOOLS_SERVICE_NAME: drain,
      ...FEW_ARENAS,
      ...(config.redriveMaxObjects === undefined
        ? {}
        : { REDRIVE_MAX_OBJECTS: String(config.redriveMaxObjects) }),
    },
  });
  grant(fn.role, {
    // A delete of the very version asks for GetObject too.
    actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    resources: ['parked', 'parked-later', 'rejected', 'unreadable', 'leases', 'redrive', 'aws/lambda'].map(
      (kind) => bucket.arnForObjects(`${kind}/*`),
    ),
    why: 'Redrive reads, rewrites, moves and removes the objects of every destination, and its own; their names hold agents and times, or are of the choice of Lambda, which stores expired batches.',
  });
  grant(fn.role, {
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    why: 'Redrive looks for objects.',
  });
  grant(fn.role, {
    actions: ['lambda:InvokeFunction'],
    resources: Object.values(arns),
    why: "Redrive hands each object to its destination's function.",
  });
  // The next run comes anyway, so a failed one is not repeated.
  fn.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(5) });
  for (const id of Object.keys(functions)) {
    // A rule has five targets at most, and each destination has a run of its own.
    new Rule(scope, `Schedule${pascal(id)}`, {
      description: `Starts the redrive of what could not be delivered to ${id}`,
      schedule: Schedule.rate(Duration.minutes(config.redriveEveryMinutes)),
      targets: [new LambdaTarget(fn.lambda, { event: RuleTargetInput.fromObject({ destination: id }) })],
    });
  }
  return fn;
}
