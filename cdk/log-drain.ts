import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { MANIFESTS } from '../lambdas/registry.ts';
import { createAlarmTopic } from './alarms.ts';
import type { DrainInput } from './config.ts';
import { createDestination } from './destination.ts';
import { adviseOnFanOut } from './fan-out.ts';
import { createParkingBucket } from './parking-bucket.ts';
import { ConfigError, readDrainConfig } from './read-config.ts';
import { createRedrive } from './redrive.ts';
import { createProducerPolicy, createStream } from './stream.ts';
import { createWatch } from './watch.ts';

export interface LogDrainProps extends DrainInput {
  /**
   * The folder of the built functions, `<assetRoot>/<id>/index.mjs`.
   * @default - those that this package was built with
   */
  readonly assetRoot?: string;
  /**
   * The name in metrics (dimension `Stack`), alarms and the dashboard; unique in the account and region.
   * @default - the name of the stack
   */
  readonly drainName?: string;
}

/** The folder and construct of the function that sends parked objects again. */
const REDRIVE = 'redrive';

function assetsIn(root: string, ids: readonly string[]): (id: string) => string {
  const missing = ids.filter((id) => !existsSync(join(root, id, 'index.mjs')));
  if (missing.length > 0) {
    const which = `function${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`;
    throw new ConfigError(`${root} lacks the built ${which}: run "npm run build" first, then try again.`);
  }
  return (id) => join(root, id);
}

/** A log drain: stream, one function per destination, parking bucket and redrive, alarms and dashboard. */
export class LogDrain extends Construct {
  readonly stream: IStream;
  /** For the role of each agent: lets it put records into the stream. */
  readonly producerPolicy: IManagedPolicy;
  /** By destination id. */
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly redrive: IFunction;
  readonly parkingBucket: Bucket;
  readonly alarmTopic: ITopic;
  readonly dashboard: Dashboard;

  /** Throws a ConfigError that lists every mistake in the properties. */
  constructor(scope: Construct, id: string, props: LogDrainProps) {
    super(scope, id);
    const { assetRoot, drainName, ...input } = props;
    const config = readDrainConfig(input);
    const drain = drainName ?? Stack.of(this).stackName;
    const manifests = MANIFESTS.filter((manifest) => config.destinations.includes(manifest.id));
    const root = assetRoot ?? fileURLToPath(new URL('../lambdas', import.meta.url));
    const assetOf = assetsIn(root, [...manifests.map((manifest) => manifest.id), REDRIVE]);

    const stream = createStream(this, config);
    adviseOnFanOut(this, config);
    const bucket = createParkingBucket(this, config);
    const topic = createAlarmTopic(this, config);
    const context = { config, drain, stream, bucket, assetOf };
    const destinations = manifests.map((manifest) => ({
      manifest,
      fn: createDestination(this, manifest, context),
    }));
    const functions = Object.fromEntries(destinations.map(({ manifest, fn }) => [manifest.id, fn]));
    const redrive = createRedrive(this, { config, drain, bucket, functions, asset: assetOf(REDRIVE) });

    this.stream = stream;
    this.producerPolicy = createProducerPolicy(this, stream);
    this.functions = Object.fromEntries(destinations.map(({ manifest, fn }) => [manifest.id, fn.lambda]));
    this.redrive = redrive.lambda;
    this.parkingBucket = bucket;
    this.alarmTopic = topic;
    this.dashboard = createWatch(this, { config, drain, stream, topic, destinations, redrive });
  }
}
