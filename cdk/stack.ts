import { type App, CfnOutput, Stack } from 'aws-cdk-lib';
import type { AppConfig } from './config.ts';
import { LogDrain } from './log-drain.ts';

export interface StackOptions {
  readonly config: AppConfig;
  readonly assetRoot: string;
}

/** The repository's own stack: one drain, and what an operator needs to know of it as outputs. */
export function createStack(app: App, { config, assetRoot }: StackOptions): Stack {
  const { stackName, ...input } = config;
  const stack = new Stack(app, stackName, {
    description: 'Log drain: agents -> Kinesis -> one function per destination',
    analyticsReporting: false,
  });
  const drain = new LogDrain(stack, 'LogDrain', { ...input, assetRoot });
  const outputs: Readonly<Record<string, readonly [value: string, description: string]>> = {
    StreamName: [drain.stream.streamName, 'LOG_DRAIN_STREAM of each agent'],
    StreamArn: [drain.stream.streamArn, 'The same stream, for agents of other accounts and regions'],
    ProducerPolicyArn: [
      drain.producerPolicy.managedPolicyArn,
      'Attach this policy to the role of each agent',
    ],
    ParkingBucketName: [drain.parkingBucket.bucketName, 'What could not be delivered'],
    RedriveFunctionName: [drain.redrive.functionName, 'Sends it again'],
    AlarmTopicArn: [drain.alarmTopic.topicArn, 'Where alarms go'],
    DashboardName: [drain.dashboard.dashboardName, 'The dashboard in CloudWatch'],
    SecretPrefix: [config.secretPrefix, 'Secrets are named <prefix>/<agent id>/<destination>'],
    DestinationFunctions: [
      stack.toJsonString(
        Object.fromEntries(Object.entries(drain.functions).map(([id, fn]) => [id, fn.functionName])),
      ),
      'Function names by destination',
    ],
  };
  for (const [name, [value, description]] of Object.entries(outputs))
    new CfnOutput(stack, name, { value, description });
  return stack;
}
