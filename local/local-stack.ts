import { join } from 'node:path';
import type { DestinationId } from '../lambdas/registry.ts';
import { createFaults, type FaultScript } from '../receivers/kit/faults.ts';
import type { AcceptedEvent, Receiver } from '../receivers/kit/receiver.ts';
import { RECEIVERS } from '../receivers/receivers.ts';
import { newAccess } from './aws/access.ts';
import { type S3, startS3 } from './aws/s3.ts';
import { type SecretsManager, startSecretsManager } from './aws/secrets-manager.ts';
import { createEmfCollector, type EmfCollector } from './function/emf.ts';
import { type HostedFunction, startFunction } from './function/function.ts';
import type { FunctionOptions } from './function/options.ts';
import { functionEnvironment, PARKING_BUCKET, REGION, standInCredentials } from './function-environment.ts';
import { type Kinesis, startKinesis } from './kinesis/kinesis.ts';
import type { StreamLimits } from './kinesis/limits.ts';
import { type Mapping, startMapping } from './mapping/mapping.ts';
import type { MappingSettings } from './mapping/settings.ts';
import type { DestinationTarget } from './targets.ts';

/** As deployed, but for the window: nobody pays for invocations here, and someone watches. */
const MAPPING_SETTINGS: Partial<MappingSettings> = {
  batchSize: 1_000,
  maximumBatchingWindowInSeconds: 0.25,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: 3_600,
  bisectBatchOnFunctionError: true,
  reportBatchItemFailures: true,
};

/** Beyond half of it puts are answered late: a fast agent waits for the slowest drain, and memory has a bound. */
const STREAM_BYTES = 4 * 1024 * 1024;

const FUNCTION_TIMEOUT_MS = 60_000;
const FUNCTION_MEMORY_MB = 512;
/** Whoever closes has waited for what is on its way, or will not wait. */
const CLOSE_GRACE_MS = 500;

export interface TwinOptions {
  readonly places: readonly DestinationTarget[];
  readonly shards: number;
  readonly faults: FaultScript;
  /** Where the built bundles are: `<dist>/lambdas/<id>/index.mjs`. */
  readonly distDir: string;
  readonly onAccepted: (id: DestinationId, event: AcceptedEvent) => void;
  /** A line that a function wrote, metrics too. */
  readonly onFunctionLog: (id: DestinationId, line: string) => void;
  /** Differences from the twin's own settings. */
  readonly mapping?: Partial<MappingSettings>;
  readonly functions?: Partial<
    Pick<FunctionOptions, 'timeoutMs' | 'memoryMb' | 'concurrency' | 'alwaysCold'>
  >;
  readonly environment?: Readonly<Record<string, string>>;
  readonly limits?: Partial<StreamLimits>;
  /** The stream takes any credentials: for those who put and reshard with some of their own. */
  readonly openStream?: boolean;
}

/** One destination at work. */
export interface TwinDrain {
  readonly id: DestinationId;
  readonly place: DestinationTarget;
  readonly receiver: Receiver | undefined;
  readonly function: HostedFunction;
  readonly mapping: Mapping;
  readonly metrics: EmfCollector;
}

/** The whole system on this machine, all of it on 127.0.0.1. */
export interface Twin {
  readonly kinesis: Kinesis;
  /** What a shipper needs to reach the stream: other credentials than the functions', which open the secrets. */
  readonly shipperEnvironment: Readonly<Record<string, string>>;
  readonly secrets: SecretsManager;
  readonly s3: S3;
  readonly drains: readonly TwinDrain[];
  /** What every function has for an environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Bodies of the objects under a prefix of the parking bucket. */
  readonly parked: (prefix: string) => readonly string[];
  /** Resolves when every mapping has settled all records put so far. */
  readonly drained: () => Promise<void>;
  /** Ends in the order of the data: mappings, functions, then what they talk to. */
  readonly close: () => Promise<void>;
}

interface StandIns {
  readonly shipperEnvironment: Readonly<Record<string, string>>;
  readonly kinesis: Kinesis;
  readonly secrets: SecretsManager;
  readonly s3: S3;
  readonly environment: Readonly<Record<string, string>>;
}

async function startStandIns(options: TwinOptions): Promise<StandIns> {
  const { shards, faults, limits, environment } = options;
  const [ofShipper, ofFunctions] = [newAccess(), newAccess()];
  const [kinesis, secrets, s3] = await Promise.all([
    startKinesis({
      shards,
      faults: createFaults(faults['kinesis']),
      limits: { retainedBytes: STREAM_BYTES, ...limits },
      access: options.openStream === true ? undefined : ofShipper,
    }),
    startSecretsManager({ faults: createFaults(faults['secretsmanager']), access: ofFunctions }),
    startS3({ buckets: [PARKING_BUCKET], faults: createFaults(faults['s3']), access: ofFunctions }),
  ]);
  const endpoints = { secretsManager: secrets.endpoint, s3: s3.endpoint };
  return {
    kinesis,
    secrets,
    s3,
    environment: { ...functionEnvironment(endpoints, ofFunctions), ...environment },
    shipperEnvironment: { ...standInCredentials(ofShipper), AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint },
  };
}

async function startDrain(
  place: DestinationTarget,
  standIns: StandIns,
  options: TwinOptions,
): Promise<TwinDrain> {
  const { id } = place;
  const { kinesis, secrets, s3, environment } = standIns;
  const receiver =
    place.kind === 'real'
      ? undefined
      : await RECEIVERS[id].start((event) => options.onAccepted(id, event), {
          faults: createFaults(options.faults[id]),
        });
  const settings = place.kind === 'real' ? place.settings : receiver?.settings;
  secrets.set(`${environment['SECRET_PREFIX']}/default/${id}`, JSON.stringify(settings));
  const metrics = createEmfCollector();
  const hosted = startFunction({
    name: `log-drain-${id}`,
    bundle: join(options.distDir, 'lambdas', id, 'index.mjs'),
    env: environment,
    timeoutMs: FUNCTION_TIMEOUT_MS,
    memoryMb: FUNCTION_MEMORY_MB,
    ...options.functions,
    onStdout: (line) => {
      metrics.line(line);
      options.onFunctionLog(id, line);
    },
    onStderr: (line) => options.onFunctionLog(id, line),
  });
  const mapping = startMapping({
    stream: kinesis.stream,
    region: REGION,
    functionArn: hosted.arn,
    settings: { ...MAPPING_SETTINGS, ...options.mapping },
    invoke: hosted.invoke,
    onFailure: async ({ key, body }) => {
      s3.objects.put(PARKING_BUCKET, { key, body: Buffer.from(body) });
    },
  });
  return { id, place, receiver, function: hosted, mapping, metrics };
}

/** Starts what is talked to before what talks to it. */
export async function startTwin(options: TwinOptions): Promise<Twin> {
  const standIns = await startStandIns(options);
  const { kinesis, secrets, s3, environment, shipperEnvironment } = standIns;
  const drains = await Promise.all(options.places.map((place) => startDrain(place, standIns, options)));
  return {
    kinesis,
    shipperEnvironment,
    secrets,
    s3,
    drains,
    environment,
    parked: (prefix) => s3.objects.list(PARKING_BUCKET, prefix).map(({ body }) => body.toString()),
    drained: async () => {
      await Promise.all(drains.map(({ mapping }) => mapping.drained()));
    },
    close: async () => {
      await Promise.all(
        drains.map(async ({ mapping, function: hosted, receiver }) => {
          const stopped = mapping.stop();
          await hosted.close(CLOSE_GRACE_MS);
          await stopped;
          await receiver?.close();
        }),
      );
      await Promise.all([kinesis.close(), secrets.close(), s3.close()]);
    },
  };
}
