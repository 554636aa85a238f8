import { request } from 'node:http';
import {
  DescribeStreamSummaryCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standInCredentials } from '../../local/function-environment.ts';
import { startTwin, type Twin } from '../../local/local-stack.ts';

const TOKEN = 'pub0123456789abcdef0123456789abcdef';
const SECRET = { SecretId: 'log-drain/default/datadog' };

type Environment = Readonly<Record<string, string>>;

/** Clients with the credentials of an environment. */
function clientsOf(twin: Twin, environment: Environment) {
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const common = { region: 'us-east-1', maxAttempts: 1, credentials };
  return {
    secrets: new SecretsManagerClient({ ...common, endpoint: twin.secrets.endpoint }),
    s3: new S3Client({ ...common, endpoint: twin.s3.endpoint, forcePathStyle: true }),
    kinesis: new KinesisClient({ ...common, endpoint: twin.kinesis.endpoint }),
  };
}

/** What comes of reading a secret, listing and writing objects, and of reading and writing the stream. */
async function attempts(twin: Twin, environment: Environment): Promise<readonly string[]> {
  const { secrets, s3, kinesis } = clientsOf(twin, environment);
  const Bucket = twin.environment['PARKING_BUCKET'];
  const StreamName = twin.kinesis.streamName;
  const iterator = {
    StreamName,
    ShardId: 'shardId-000000000000',
    ShardIteratorType: 'TRIM_HORIZON',
  } as const;
  const calls: readonly Promise<unknown>[] = [
    secrets.send(new GetSecretValueCommand(SECRET)),
    s3.send(new ListObjectsV2Command({ Bucket })),
    s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'body' })),
    kinesis.send(new DescribeStreamSummaryCommand({ StreamName })),
    kinesis.send(new GetShardIteratorCommand(iterator)),
    kinesis.send(
      new PutRecordsCommand({ StreamName, Records: [{ Data: Buffer.from('x'), PartitionKey: 'k' }] }),
    ),
  ];
  const ends = await Promise.allSettled(calls);
  for (const client of [secrets, s3, kinesis]) client.destroy();
  return ends.map((end) => (end.status === 'fulfilled' ? 'done' : (end.reason as Error).name));
}

const refused = (times: number): string[] => Array.from({ length: times }, () => 'AccessDenied');
const done = (times: number): string[] => Array.from({ length: times }, () => 'done');

describe('what runs on this machine', () => {
  let twin: Twin;
  beforeAll(async () => {
    twin = await startTwin({
      places: [{ id: 'datadog', kind: 'real', settings: { DATADOG_TOKEN: TOKEN } }],
      shards: 1,
      faults: {},
      distDir: 'dist',
      onAccepted: () => undefined,
      onFunctionLog: () => undefined,
    });
  });
  afterAll(() => twin.close());

  const shortened = async (environment: Environment): Promise<string[]> =>
    (await attempts(twin, environment)).map((name) => name.replace(/Exception$/, ''));

  it('opens secrets and bucket to its functions alone, and the stream to its shipper', async () => {
    expect(await shortened(standInCredentials())).toEqual(refused(6));
    expect(await shortened(twin.shipperEnvironment)).toEqual([...refused(3), ...done(3)]);
    expect(await shortened(twin.environment)).toEqual([...done(3), ...refused(3)]);
  });

  it('has other credentials in each run', () => {
    const ids = [twin.environment, twin.shipperEnvironment, standInCredentials()].map(
      (environment) => environment['AWS_ACCESS_KEY_ID'],
    );

    expect(new Set(ids).size).toBe(3);
  });

  it('uses up no rule of a fault script for a request that it refuses', async () => {
    twin.secrets.faults.set([{ kind: 'status', status: 503 }]);

    await shortened(standInCredentials());

    expect(twin.secrets.faults.next()).toMatchObject({ status: 503 });
  });

  /** The status of an answer to a page that calls this machine so, even with credentials. */
  const statusFor = (endpoint: string, host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=${twin.environment['AWS_ACCESS_KEY_ID']}/20260115/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0`;
      request(endpoint, { method: 'POST', headers: { host, authorization } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end('{}');
    });

  it.each(['attacker.example', '127.0.0.1.attacker.example', 'localhost.attacker.example:80'])(
    'does not answer to the name "%s"',
    async (host) => {
      for (const { endpoint } of [twin.secrets, twin.s3, twin.kinesis]) {
        expect(await statusFor(endpoint, host)).toBe(421);
      }
    },
  );

  it.each(['localhost', 'LOCALHOST:8080', 'log-drain-parking.localhost', '[::1]:1'])(
    'answers to the name "%s"',
    async (host) => {
      for (const { endpoint } of [twin.secrets, twin.s3, twin.kinesis])
        expect(await statusFor(endpoint, host)).not.toBe(421);
    },
  );
});
