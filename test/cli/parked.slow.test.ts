import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type S3, startS3 } from '../../local/aws/s3.ts';
import type { HttpServer } from '../../local/aws/server.ts';
import { startFakeCloudFormation } from '../helpers/aws/fake-cloudformation.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { kinesisRecord, rawRecord, T0 } from '../helpers/engine-harness.ts';
import { keyOf, onFailureBody, parkedBody } from '../helpers/redrive-world.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';

const BUCKET = 'parking';

const cli = useBuiltCli();
let s3: S3;
let stacks: HttpServer;

beforeAll(async () => {
  [s3, stacks] = await Promise.all([
    startS3({ buckets: [BUCKET] }),
    startFakeCloudFormation({ name: 'my-drain', outputs: { ParkingBucketName: BUCKET } }),
  ]);
});
afterAll(() => Promise.all([s3.close(), stacks.close()]));
beforeEach(() => {
  for (const { key } of s3.objects.list(BUCKET)) s3.objects.remove(BUCKET, key);
});

function parked(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return runCli(cli, ['parked', ...args], {
    env: {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_CLOUDFORMATION: stacks.endpoint,
      LOG_DRAIN_BUCKET: BUCKET,
      ...env,
    },
  });
}

function put(key: string, body: string): void {
  s3.objects.put(BUCKET, { key, body: Buffer.from(body) });
}

const EXPIRED = 'aws/lambda/m1/shardId-0/2026/01/15/2026-01-15T10.30.05-x';
const REJECTED = keyOf('CA_a', T0 + 2, { kind: 'rejected', name: '1-0' });
const UNREADABLE = `unreadable/datadog/2026/01/15/${T0 + 3}-1.json`;

function putOneOfEach(): void {
  put(keyOf('CA_b', T0 + 1), parkedBody([]));
  put(keyOf('CA_a', T0), parkedBody([]));
  put(REJECTED, parkedBody([], { rejected: true }));
  put(UNREADABLE, parkedBody([], { rejected: true }));
  put(EXPIRED, onFailureBody([]));
  put('leases/datadog.json', '{}');
}

describe('log-drain parked list', () => {
  it('shows everything that waits, oldest first', async () => {
    putOneOfEach();

    const { code, stdout, stderr } = await parked(['list']);

    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^AGE +SIZE +KIND +DESTINATION +AGENT +KEY$/);
    expect(rows.map((row) => row.split(/ {2,}/).slice(2).join(' '))).toEqual([
      `parked datadog CA_a ${keyOf('CA_a', T0)}`,
      `parked datadog CA_b ${keyOf('CA_b', T0 + 1)}`,
      `rejected datadog CA_a ${REJECTED}`,
      `unreadable datadog ${UNREADABLE}`,
      `expired ${EXPIRED}`,
    ]);
    expect(stderr).toMatch(/^5 objects, .* bytes\.|^5 objects, .* KiB\.\n$/);
  });

  it('shows what is asked for, as JSON too', async () => {
    putOneOfEach();

    const agents = await parked(['list', '--agent', 'CA_a', '--json']);
    const kind = await parked(['list', '--kind', 'expired', '--json']);
    const late = await parked(['list', '--since', '2026-01-15T10:30:00.002Z', '--json', '--limit', '1']);
    const recent = await parked(['list', '--since', '1h']);

    const keysOf = ({ stdout }: CliResult) =>
      (JSON.parse(stdout) as { objects: { key: string }[] }).objects.map(({ key }) => key);
    expect(keysOf(agents)).toEqual([keyOf('CA_a', T0), REJECTED]);
    expect(keysOf(kind)).toEqual([EXPIRED]);
    expect(JSON.parse(late.stdout)).toMatchObject({
      bucket: BUCKET,
      total: 3,
      objects: [{ kind: 'rejected' }],
    });
    expect([recent.code, recent.stdout]).toEqual([0, 'Nothing is parked.\n']);
  });

  it('finds the bucket by the stack', async () => {
    put(keyOf('CA_a', T0), parkedBody([]));

    const found = await parked(['list', '--stack', 'my-drain'], { LOG_DRAIN_BUCKET: '' });
    const other = await parked(['list'], { LOG_DRAIN_BUCKET: '' });

    expect(found.stdout).toContain(keyOf('CA_a', T0));
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(
      'cannot read the stack log-drain: ValidationError: Stack with id log-drain does not exist',
    );
  });

  it.each([
    [['--since', 'soon'], '--since must be a time'],
    [['--kind', 'lost'], '--kind must be one of parked, rejected, unreadable, expired'],
    [['--limit', '0'], '--limit must be a whole number'],
    [['--destination', 'loki'], 'is no destination'],
  ])('takes %j as bad usage', async (args, words) => {
    const { code, stderr } = await parked(['list', ...args]);

    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});

describe('log-drain parked show', () => {
  const records = [kinesisRecord({ lines: ['hello', 'red \u001b[31m'] }), rawRecord(Buffer.from('?'))];
  const key = keyOf('CA_a', T0);
  const more = {
    destination: 'datadog',
    agent_id: 'CA_a',
    reason: 'not-authorized',
    answer: '403 Forbidden \u202e',
  };
  const known = {
    version: 1,
    folders: [{ kind: 'parked', agent: 'CA_a', failures: 3, tried_ms: T0, reason: 'no-settings' }],
  };

  it('tells why it is there and what it holds, without a line', async () => {
    put(key, parkedBody(records, more));
    put('redrive/datadog.json', JSON.stringify(known));

    const { code, stdout } = await parked(['show', key]);
    const json = await parked(['show', key, '--json']);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^key: +parked\/datadog\/CA_a/);
    for (const words of [
      /^reason: +not-authorized$/m,
      /^answer: +403 Forbidden \\u202e$/m,
      /^lines: +2$/m,
      /^records: +2$/m,
      /^unreadable because: +unknown-format$/m,
      /^failed tries: +3$/m,
      /^last tried: +2026-01-15T10:30:00.000Z$/m,
      /^last failure: +no-settings$/m,
    ]) {
      expect(stdout).toMatch(words);
    }
    expect(stdout + json.stdout).not.toContain('hello');
    expect(JSON.parse(json.stdout)).toMatchObject({ reason: 'not-authorized', lines: 2, failed_tries: 3 });
  });

  it('shows the lines if asked to', async () => {
    put(key, parkedBody(records, more));

    const { stdout, stderr } = await parked(['show', key, '--lines']);
    const json = await parked(['show', '--lines', '--json', key]);

    expect(stdout).toBe(
      '2026-01-15T10:30:00.000Z stdout CAW_w 0 hello\n2026-01-15T10:30:00.000Z stdout CAW_w 1 red \u001b[31m\n',
    );
    expect(stderr).toContain('not-authorized');
    expect(JSON.parse(json.stdout.split('\n')[1] ?? '')).toMatchObject({ seq: 1, text: 'red \u001b[31m' });
  });

  it('tells of a batch that Lambda put aside', async () => {
    put(EXPIRED, onFailureBody(records));

    const { stdout } = await parked(['show', EXPIRED]);

    expect(stdout).toMatch(/^reason: +RecordAgeExceeded$/m);
    expect(stdout).toMatch(/^function: +arn:aws:lambda:.*:function:drain-datadog$/m);
  });

  it('fails for a key that is not there, and for what is no object of ours', async () => {
    put('parked/datadog/note.txt', 'hello');

    const gone = await parked(['show', key]);
    const foreign = await parked(['show', 'parked/datadog/note.txt']);

    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain(`there is no ${key} in parking`);
    expect(foreign.code).toBe(1);
    expect(foreign.stderr).toContain('is no object of ours');
  });
});
