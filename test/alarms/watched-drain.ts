import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { drainSchema, recordAgeSeconds } from '../../cdk/config.ts';
import type { DestinationId } from '../../lambdas/registry.ts';
import { type S3, startS3 } from '../../local/aws/s3.ts';
import { startSecretsManager } from '../../local/aws/secrets-manager.ts';
import { type HostedFunction, startFunction } from '../../local/function/function.ts';
import type { FunctionOptions } from '../../local/function/options.ts';
import { functionEnvironment, PARKING_BUCKET, REGION } from '../../local/function-environment.ts';
import { startKinesis } from '../../local/kinesis/kinesis.ts';
import { SERVICE_SHARD_RATE } from '../../local/kinesis/limits.ts';
import { type Mapping, startMapping } from '../../local/mapping/mapping.ts';
import type { AcceptedEvent, Receiver } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { systemClock } from '../../shared/base/clock.ts';
import { compressPayloadSync, recordPayload } from '../../shared/record/encode.ts';
import { startLocalRedrive } from '../helpers/local-redrive.ts';
import { headerWith } from '../helpers/records.ts';
import type { ValueOf } from './alarm-state.ts';
import { createCollectors, valuesIn } from './metric-values.ts';

export interface WatchedDrainOptions {
  readonly destinations: readonly DestinationId[];
  /** Changes the settings that are stored for the agents. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Changes how the destinations' functions are hosted. */
  readonly hosting?: Partial<Pick<FunctionOptions, 'timeoutMs' | 'concurrency'>>;
}

/** The local twin's parts with a clock for the stream, functions that can be hosted badly, and redrive. */
export interface WatchedDrain {
  /** How long ago it is for the stream and its mappings. */
  readonly clock: { agoMs: number };
  readonly receivers: readonly Receiver[];
  readonly s3: S3;
  readonly accepted: readonly AcceptedEvent[];
  /** Sends one record of each agent's lines through the SDK, in one call. */
  readonly put: (agents: readonly string[], bodyOf?: (agent: string) => string) => Promise<void>;
  /** Starts the mappings. */
  readonly read: () => void;
  /** Resolves when the mappings have settled all records put so far. */
  readonly settled: () => Promise<void>;
  /** One scheduled run of the built redrive function. */
  readonly redrive: () => Promise<void>;
  /** Our metrics of a destination, and the twin's counts that stand for AWS's. */
  readonly valuesOf: (id: DestinationId) => ValueOf;
  readonly close: () => Promise<void>;
}

const CONFIG = drainSchema.parse({ destinations: ['datadog'] });
const FUNCTION_TIMEOUT_MS = 60_000;

interface Reader {
  readonly id: DestinationId;
  readonly hosted: HostedFunction;
  mapping: Mapping | undefined;
}

function bundleOf(id: string): string {
  const path = resolve('dist', 'lambdas', id, 'index.mjs');
  if (!existsSync(path)) throw new Error('dist/ is missing: npm run build');
  return path;
}

function recordOf(agentId: string, text: string): { Data: Buffer; PartitionKey: string } {
  const body = Buffer.from(`${text}\n`);
  const workerId = `${agentId}-worker`;
  const runs = [[0, Date.now(), 1, body.length]] as const;
  const header = headerWith({ agent_id: agentId, worker_id: workerId, seq: 0, runs });
  return { Data: compressPayloadSync(recordPayload(header, [body])), PartitionKey: workerId };
}

async function startAws(now: () => number) {
  const [kinesis, secrets, s3] = await Promise.all([
    startKinesis({ shards: 1, limits: { shardRate: SERVICE_SHARD_RATE }, now }),
    startSecretsManager(),
    startS3({ buckets: [PARKING_BUCKET] }),
  ]);
  const client = new KinesisClient({
    endpoint: kinesis.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const environment: Readonly<Record<string, string>> = {
    ...functionEnvironment({ secretsManager: secrets.endpoint, s3: s3.endpoint }),
    STALL_LIMIT_SECONDS: String(CONFIG.stallLimitSeconds),
    // So that a test need not wait for an agent's trouble to be told from a hiccup.
    ISOLATION_LIMIT_SECONDS: '1',
  };
  return { kinesis, secrets, s3, client, environment };
}

/** Starts all but the mappings. */
export async function startWatchedDrain(options: WatchedDrainOptions): Promise<WatchedDrain> {
  const clock = { agoMs: 0 };
  const now = (): number => Date.now() - clock.agoMs;
  const { kinesis, secrets, s3, client, environment } = await startAws(now);
  const collectors = createCollectors(environment['POWERTOOLS_SERVICE_NAME']);
  const { onStdout } = collectors;
  const accepted: AcceptedEvent[] = [];
  const receivers = await Promise.all(
    options.destinations.map(async (id) => ({
      ...(await RECEIVERS[id].start((event) => accepted.push(event))),
      id,
    })),
  );
  const readers = receivers.map(({ id, settings }): Reader => {
    const stored = { ...settings, ...options.settings };
    secrets.set(`${environment['SECRET_PREFIX']}/default/${id}`, JSON.stringify(stored));
    const hosted = startFunction({
      name: `log-drain-${id}`,
      bundle: bundleOf(id),
      env: environment,
      timeoutMs: FUNCTION_TIMEOUT_MS,
      onStdout,
      onStderr: () => undefined,
      ...options.hosting,
    });
    return { id, hosted, mapping: undefined };
  });
  const redrive = await startLocalRedrive({
    drains: readers.map(({ id, hosted }) => ({ id, function: hosted })),
    env: environment,
    onStdout,
    onStderr: () => undefined,
  });
  let redriveErrors = 0;
  const mappings = (): Mapping[] => readers.flatMap(({ mapping }) => mapping ?? []);

  function startReading({ hosted }: Reader): Mapping {
    return startMapping({
      stream: kinesis.stream,
      region: REGION,
      functionArn: hosted.arn,
      settings: {
        maximumRecordAgeInSeconds: recordAgeSeconds(CONFIG.stallLimitSeconds),
        bisectBatchOnFunctionError: true,
        reportBatchItemFailures: true,
      },
      clock: { ...systemClock, now },
      invoke: hosted.invoke,
      onFailure: async ({ key, body }) => {
        s3.objects.put(PARKING_BUCKET, { key, body: Buffer.from(body) });
      },
    });
  }

  return {
    clock,
    receivers,
    s3,
    accepted,
    put: async (agents, bodyOf = (agent) => `a line of ${agent}`) => {
      const Records = agents.map((agent) => recordOf(agent, bodyOf(agent)));
      await client.send(new PutRecordsCommand({ StreamName: kinesis.streamName, Records }));
    },
    read: () => {
      for (const reader of readers) reader.mapping = startReading(reader);
    },
    settled: async () => {
      await Promise.all(mappings().map(({ drained }) => drained()));
    },
    redrive: async () => {
      const result = await redrive.invoke({});
      if (result.kind !== 'result') redriveErrors += 1;
    },
    valuesOf: (id) => {
      const reader = readers.find((one) => one.id === id);
      return (metric) =>
        valuesIn({
          kinesis: kinesis.counters,
          hosted: reader?.hosted.counters,
          mapping: reader?.mapping?.counters,
          ours: collectors.of(id),
          redriveErrors,
        })(metric);
    },
    close: async () => {
      const stopped = mappings().map(({ stop }) => stop());
      await Promise.all([redrive, ...readers.map(({ hosted }) => hosted)].map(({ close }) => close()));
      await Promise.all(stopped);
      client.destroy();
      await Promise.all([...receivers, kinesis, secrets, s3].map(({ close }) => close()));
    },
  };
}
