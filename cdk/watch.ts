import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { destinationAlarms, drainAlarms } from './alarm-table.ts';
import { createAlarms } from './alarms.ts';
import type { DrainConfig, Manifest } from './config.ts';
import { createDashboard } from './dashboard.ts';
import type { DestinationFunction } from './destination.ts';
import type { DrainFunction } from './function.ts';
import type { MetricContext } from './metrics.ts';
import { accountOf } from './stream.ts';

export interface Watched {
  readonly config: DrainConfig;
  readonly drain: string;
  readonly stream: IStream;
  readonly topic: ITopic;
  readonly destinations: readonly { readonly manifest: Manifest; readonly fn: DestinationFunction }[];
  readonly redrive: DrainFunction;
}

/** Makes all alarms and the dashboard of a drain. */
export function createWatch(parent: Construct, watched: Watched): Dashboard {
  const { config, drain, stream, topic, destinations, redrive } = watched;
  const scope = new Construct(parent, 'Watch');
  const context: MetricContext = {
    stackName: drain,
    streamName: stream.streamName,
    streamAccount: accountOf(scope, config),
    redriveName: redrive.lambda.functionName,
  };
  const rows = destinations.map(({ manifest, fn }) => ({
    manifest,
    context: {
      ...context,
      destination: { id: manifest.id, functionName: fn.lambda.functionName, mappingId: fn.mappingId },
    },
  }));
  const alarms = [
    ...rows.flatMap((row) => createAlarms(scope, destinationAlarms(config), { topic, context: row.context })),
    ...createAlarms(scope, drainAlarms(config), { topic, context }),
  ];
  const logGroupNames = [...destinations.map(({ fn }) => fn), redrive].map((fn) => fn.logGroup.logGroupName);
  return createDashboard(scope, { alarms, logGroupNames, destinations: rows, context });
}
