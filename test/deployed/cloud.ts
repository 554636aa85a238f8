import type { DestinationId } from '../../lambdas/registry.ts';
import { type S3, startS3 } from '../../local/aws/s3.ts';
import { type SecretsManager, startSecretsManager } from '../../local/aws/secrets-manager.ts';
import type { InvokeResult } from '../../local/function/invoke-result.ts';
import { type Kinesis, startKinesis } from '../../local/kinesis/kinesis.ts';
import { type Mapping, startMapping } from '../../local/mapping/mapping.ts';
import type { Receiver } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { type FakeLambda, startFakeLambda } from '../helpers/aws/fake-lambda.ts';
import { type Runtime, startRuntime } from '../helpers/runtime/client.ts';
import { nameIn } from '../helpers/runtime/events.ts';
import { type DeployedDestination, type DeployedFunction, type Deployment, REGION } from './deployment.ts';

/** One destination's deployed function at work, and the service that it delivers to. */
export interface CloudDestination {
  readonly id: DestinationId;
  readonly receiver: Receiver;
  readonly runtime: Runtime;
  readonly mapping: Mapping;
  /** Names of the accepted lines. */
  readonly accepted: readonly string[];
}

/** An account on 127.0.0.1 in which a deployment runs. */
export interface Cloud {
  readonly kinesis: Kinesis;
  readonly secrets: SecretsManager;
  readonly drains: readonly CloudDestination[];
  readonly redrive: Runtime;
  /** Bodies of the objects in the parking bucket, by key. */
  readonly objects: () => ReadonlyMap<string, string>;
  /** Resolves when every mapping has settled all records put so far. */
  readonly drained: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The mappings' wait for more records, shorter than deployed: nobody pays for invocations here. */
const WINDOW_S = 0.2;

/** Beside its own variables a function gets what only this machine needs. */
function start(fn: DeployedFunction, endpoints: Readonly<Record<string, string>>): Promise<Runtime> {
  const { bundle, timeoutMs, memoryMb, name } = fn;
  const env = {
    ...fn.env,
    ...endpoints,
    ALLOW_PRIVATE_DESTINATIONS: '1',
    AWS_LAMBDA_FUNCTION_NAME: name,
  };
  return startRuntime({ bundle, timeoutMs, memoryMb, env, freeze: true });
}

/** One invocation after the other, as in one container. */
function inTurn(runtime: Runtime): (event: unknown) => Promise<InvokeResult> {
  let last: Promise<unknown> = Promise.resolve();
  return (event) => {
    const result = last.then(() => runtime.invoke(event));
    last = result;
    return result;
  };
}

interface Surroundings {
  readonly kinesis: Kinesis;
  readonly s3: S3;
  readonly endpoints: Readonly<Record<string, string>>;
}

type Hosted = CloudDestination & {
  readonly arn: string;
  readonly invoke: (event: unknown) => Promise<InvokeResult>;
};

async function startDrain(
  id: DestinationId,
  { fn, mapping: { settings, onFailureBucketArn } }: DeployedDestination,
  { kinesis, s3, endpoints }: Surroundings,
): Promise<Hosted> {
  const accepted: string[] = [];
  const receiver = await RECEIVERS[id].start(({ text }) => accepted.push(nameIn(text)));
  const runtime = await start(fn, endpoints);
  const invoke = inTurn(runtime);
  const mapping = startMapping({
    stream: kinesis.stream,
    region: REGION,
    functionArn: fn.arn,
    settings: { ...settings, maximumBatchingWindowInSeconds: WINDOW_S },
    invoke,
    onFailure: async ({ key, body }) => {
      s3.objects.put(onFailureBucketArn.replace('arn:aws:s3:::', ''), { key, body: Buffer.from(body) });
    },
  });
  return { id, receiver, runtime, mapping, accepted, invoke, arn: fn.arn };
}

/** Lambda's Invoke in front of the functions. */
function startLambda(drains: readonly Hosted[]): Promise<FakeLambda> {
  return startFakeLambda({
    functions: Object.fromEntries(
      drains.map(({ arn, invoke }) => [
        arn,
        async (event: unknown) => {
          const result = await invoke(event);
          if (result.kind === 'result') return { value: result.value };
          return { errorType: result.kind === 'error' ? result.errorType : 'Throttled' };
        },
      ]),
    ),
  });
}

/** Makes what the deployment names and starts it all. */
export async function startCloud({ destinations, redrive, outputs }: Deployment): Promise<Cloud> {
  const { StreamName: streamName = '', ParkingBucketName: bucket = '' } = outputs;
  const [kinesis, secrets, s3] = await Promise.all([
    startKinesis({ shards: 1, region: REGION, streamName }),
    startSecretsManager({ region: REGION }),
    startS3({ buckets: [bucket] }),
  ]);
  const endpoints = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  };
  const drains = await Promise.all(
    [...destinations].map(([id, deployed]) => startDrain(id, deployed, { kinesis, s3, endpoints })),
  );
  const lambda = await startLambda(drains);
  const redriving = await start(redrive, { ...endpoints, AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint });
  return {
    kinesis,
    secrets,
    drains,
    redrive: redriving,
    objects: () => new Map(s3.objects.list(bucket).map(({ key, body }) => [key, body.toString()])),
    drained: async () => {
      await Promise.all(drains.map(({ mapping }) => mapping.drained()));
    },
    close: async () => {
      await redriving.close();
      await Promise.all(
        drains.map(async ({ mapping, runtime, receiver }) => {
          const stopped = mapping.stop();
          await runtime.close();
          await stopped;
          await receiver.close();
        }),
      );
      await Promise.all([lambda.close(), kinesis.close(), secrets.close(), s3.close()]);
    },
  };
}
