import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RedriveResult } from '../../lambdas/redrive/base/result.ts';
import { type S3, startS3 } from '../../local/aws/s3.ts';
import { createEmfCollector } from '../../local/function/emf.ts';
import { type HostedFunction, startFunction } from '../../local/function/function.ts';
import { type FakeLambda, type PlayedFunction, startFakeLambda } from '../helpers/aws/fake-lambda.ts';
import { kinesisRecord, T0 } from '../helpers/engine-harness.ts';
import { keyOf, onFailureBody, parkedBody } from '../helpers/redrive-world.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:drain-datadog';
const BUCKET = 'parking';

interface Deployed {
  readonly s3: S3;
  readonly lambda: FakeLambda;
  readonly redrive: HostedFunction;
  readonly lines: string[];
  readonly put: (key: string, body: string) => void;
  readonly keys: () => string[];
  readonly close: () => Promise<void>;
}

let deployed: Deployed | undefined;
afterEach(async () => {
  await deployed?.close();
  deployed = undefined;
});

/** The built function in a process of its own, S3 and Lambda over HTTP. */
async function deploy(play: PlayedFunction, env: Readonly<Record<string, string>> = {}): Promise<Deployed> {
  const [s3, lambda] = await Promise.all([
    startS3({ buckets: [BUCKET] }),
    startFakeLambda({ functions: { [ARN]: play } }),
  ]);
  const lines: string[] = [];
  const redrive = startFunction({
    name: 'redrive',
    bundle: resolve('dist', 'lambdas', 'redrive', 'index.mjs'),
    timeoutMs: 60_000,
    env: {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      PARKING_BUCKET: BUCKET,
      DESTINATION_FUNCTIONS: JSON.stringify({ datadog: ARN }),
      POWERTOOLS_SERVICE_NAME: 'my-drain',
      ...env,
    },
    onStdout: (line) => lines.push(line),
    onStderr: () => undefined,
  });
  deployed = {
    s3,
    lambda,
    redrive,
    lines,
    put: (key, body) => void s3.objects.put(BUCKET, { key, body: Buffer.from(body) }),
    keys: () => s3.objects.list(BUCKET).map(({ key }) => key),
    close: async () => {
      await redrive.close();
      await Promise.all([s3.close(), lambda.close()]);
    },
  };
  return deployed;
}

const DELIVERED: PlayedFunction = () => ({ value: { batchItemFailures: [], undelivered: [] } });

describe('the redrive function as built', () => {
  it('sends parked objects through S3 and Lambda, removes them, and reports', async () => {
    const { redrive, put, keys, lambda, lines } = await deploy(DELIVERED);
    for (let i = 0; i < 10; i += 1) {
      put(keyOf('CA_a', T0 + i), parkedBody([kinesisRecord({ seq: i, lines: ['x'] })]));
    }

    const result = await redrive.invoke({});

    const { destinations } = (result.kind === 'result' ? result.value : {}) as RedriveResult;
    expect(destinations.datadog).toMatchObject({ state: 'done', cleared: 10, lines: 10 });
    expect(keys()).toEqual([]);
    // One object, and as it was taken, the others.
    expect(lambda.invocations).toHaveLength(3);
    const metrics = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(metrics).toHaveLength(1);
    expect(metrics[0]).toMatchObject({
      Stack: 'my-drain',
      Destination: 'datadog',
      Redriven: 10,
      RedriveFailed: 0,
      OnFailureObjects: 0,
      OldestParked: 0,
    });
  });

  it('finds objects on the second page of a listing', async () => {
    const { redrive, put, keys } = await deploy(DELIVERED);
    for (let i = 0; i < 1_003; i += 1) {
      put(keyOf('CA_a', T0 + i), parkedBody([kinesisRecord({ seq: i, lines: ['x'] })]));
    }

    const result = await redrive.invoke({ since: T0 + 1_000 });

    expect(result).toMatchObject({ value: { destinations: { datadog: { objects: 3, cleared: 3 } } } });
    expect(keys()).toHaveLength(1_000);
  });

  it('keeps what is not delivered under the very key, and tells its age', async () => {
    const records = ['a', 'b'].map((text, i) => kinesisRecord({ seq: i, lines: [text] }));
    const ageMs = 3_600_000;
    const key = keyOf('CA_a', Date.now() - ageMs);
    const places = [1, 0];
    const { redrive, put, s3, lines } = await deploy(() => ({
      value: {
        batchItemFailures: [],
        undelivered: [{ object: 0, records: [places.shift()], reason: 'down' }],
      },
    }));
    put(key, parkedBody(records));
    put('aws/lambda/m1/shardId-0/2026/01/15/2026-01-15T10.30.00-x', onFailureBody([]));

    await redrive.invoke({});

    const kept = JSON.parse(s3.objects.get(BUCKET, key)?.body.toString() ?? '') as Record<string, unknown>;
    expect(kept).toMatchObject({ lines: 1, Records: [records[1]] });
    const emf = createEmfCollector();
    lines.forEach((line) => emf.line(line));
    expect(emf.metric('OldestParked').max).toBeGreaterThanOrEqual(ageMs / 1000);
    expect(emf.sums()).toMatchObject({ Redriven: 1, RedriveFailed: 2, OnFailureObjects: 1 });
  });

  it('counts a crash of the function as a failure of the agent', async () => {
    const key = keyOf('CA_a', T0);
    const { redrive, put, s3 } = await deploy(() => ({ errorType: 'Sandbox.Timedout' }));
    put(key, parkedBody([kinesisRecord({ lines: ['x'] })]));

    await redrive.invoke({});

    const known = s3.objects.get(BUCKET, 'redrive/datadog.json')?.body.toString() ?? '';
    expect(JSON.parse(known)).toMatchObject({
      folders: [{ agent: 'CA_a', reason: 'function-error', failures: 1 }],
    });
    expect(s3.objects.get(BUCKET, key)).toBeDefined();
  });

  it('ends a scheduled run in an error when a function cannot be invoked, but tells the command line', async () => {
    const { redrive, put, keys } = await deploy(() => ({ refused: 'AccessDeniedException', status: 403 }));
    put(keyOf('CA_a', T0), parkedBody([kinesisRecord({ lines: ['x'] })]));

    const scheduled = await redrive.invoke({});
    const asked = await redrive.invoke({ now: true });

    expect(scheduled).toMatchObject({
      kind: 'error',
      errorMessage: expect.stringContaining('datadog (AccessDeniedException)') as string,
    });
    expect(asked).toMatchObject({
      value: { destinations: { datadog: { state: 'unavailable', reason: 'AccessDeniedException' } } },
    });
    expect(keys()).toEqual([keyOf('CA_a', T0)]);
  });

  it('stands back when the bucket answers that another was faster', async () => {
    const { redrive, put, s3, keys, lambda } = await deploy(DELIVERED);
    put(keyOf('CA_a', T0), parkedBody([kinesisRecord({ lines: ['x'] })]));
    put('leases/datadog.json', JSON.stringify({ owner: 'other', expires_ms: Date.now() + 60_000 }));

    const result = await redrive.invoke({});

    expect(result).toMatchObject({ value: { destinations: { datadog: { state: 'busy' } } } });
    expect(lambda.invocations).toEqual([]);
    expect(keys()).toHaveLength(2);
    expect(s3.objects.get(BUCKET, 'leases/datadog.json')?.body.toString()).toContain('other');
  });

  it('survives a bucket that fails at times', async () => {
    const { redrive, put, s3, keys } = await deploy(DELIVERED);
    put(keyOf('CA_a', T0), parkedBody([kinesisRecord({ lines: ['x'] })]));
    s3.faults.set([
      { kind: 'status', status: 503 },
      { kind: 'reset', when: 'after' },
    ]);

    await redrive.invoke({ now: true });
    const again = await redrive.invoke({ now: true });

    expect(again).toMatchObject({ kind: 'result' });
    expect(keys()).toEqual([]);
  });

  it.each([
    [{ DESTINATION_FUNCTIONS: '{"loki":"x"}' }, 'none of datadog'],
    [{ DESTINATION_FUNCTIONS: 'drain' }, 'must be a JSON object'],
    [{ PARKING_BUCKET: '' }, 'PARKING_BUCKET is required'],
    [{ REDRIVE_MAX_OBJECTS: '0' }, 'REDRIVE_MAX_OBJECTS must be a whole number'],
  ])('says what is wrong with %j', async (env, words) => {
    const { redrive } = await deploy(DELIVERED, env);

    const result = await redrive.invoke({});

    expect(result).toMatchObject({ kind: 'error', errorMessage: expect.stringContaining(words) as string });
  });
});
