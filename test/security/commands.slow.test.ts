import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type S3, startS3 } from '../../local/aws/s3.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { kinesisRecord, T0 } from '../helpers/engine-harness.ts';
import { leaksIn } from '../helpers/leaks.ts';
import { keyOf, parkedBody } from '../helpers/redrive-world.ts';
import { runCli } from '../helpers/run-cli.ts';

const BUCKET = 'parking';
/** Each runs a process or two, so these stand for the list of hostile ids. */
const IDS = [
  '../CA_other',
  'CA_x\r\nX-Injected: 1',
  'CA_\u001b[2J\u009b2J\u202ex',
  'default',
  'x'.repeat(10_240),
];
/** One line of printable text, of which little is the argument's. */
const ONE_LINE = /^log-drain[^\p{Cc}\p{Cf}]{1,400}\n$/u;

const cli = useBuiltCli();
let s3: S3;
beforeAll(async () => {
  s3 = await startS3({ buckets: [BUCKET] });
  await writeFile(join(cli.dir, 'settings.env'), 'DATADOG_TOKEN=x\n');
});
afterAll(() => s3.close());

describe.each([
  ['secrets set', ['secrets', 'set', 'datadog', '--secrets', 'DATADOG_TOKEN=x', '--agent']],
  ['secrets remove', ['secrets', 'remove', 'datadog', '--agent']],
  ['test', ['test', 'datadog', '--agent']],
  ['parked list', ['parked', 'list', '--bucket', BUCKET, '--agent']],
  ['redrive', ['redrive', '--function', 'f', '--agent']],
  ['ship', ['ship', '--stream', 's', '--agent-id']],
])('%s', (_name, args) => {
  it.each(IDS)('refuses the agent id %j in one harmless line', async (id) => {
    // Nothing answers there: whoever asks AWS fails otherwise than by code 2.
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };

    const { code, stdout, stderr } = await runCli(cli, [...args, id], { env });

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain('id');
  });
});

describe('arguments of others in messages', () => {
  const HOSTILE = '\u001b]0;owned\u0007\u009b2J\u202ex';

  it.each([
    [['parked', 'show', HOSTILE, '--bucket', BUCKET], 1],
    [['parked', 'list', '--bucket', BUCKET, '--kind', HOSTILE], 2],
    [['secrets', HOSTILE], 2],
    [['secrets', 'set', HOSTILE], 2],
    [['ship', '--stream', HOSTILE, '--agent-id', 'CA_x'], 2],
    [['ship', HOSTILE], 2],
    [[HOSTILE], 2],
  ])('are shown escaped: %j', async (args, expected) => {
    const { code, stderr } = await runCli(cli, args, { env: { AWS_ENDPOINT_URL_S3: s3.endpoint } });

    expect(code).toBe(expected);
    expect(stderr).toMatch(ONE_LINE);
  });
});

describe('an environment that cannot be used', () => {
  const PASSWORD = 'pa55word-of-the-proxy';

  it.each([
    [['secrets', 'list'], { HTTPS_PROXY: `http://user:${PASSWORD}@proxy:99999` }],
    [['parked', 'list', '--bucket', BUCKET], { https_proxy: `user:${PASSWORD}@@:x` }],
    [['test', 'datadog', '--env', 'settings.env'], { HTTPS_PROXY: `ftp://user:${PASSWORD}@proxy` }],
    [['test', 'datadog', '--env', 'settings.env'], { ALLOW_PRIVATE_DESTINATIONS: '10.0.0.5' }],
  ])('is told of in one line, without passwords: %j %j', async (args, env) => {
    const { code, stderr } = await runCli(cli, args, { env });

    expect(code).toBe(2);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toMatch(new RegExp(`${Object.keys(env)[0]} (must be |names a proxy of the kind ftp://)`));
    expect(leaksIn(stderr, [PASSWORD])).toEqual([]);
  });
});

describe('keys of others in the bucket', () => {
  it('are not listed, and those of Lambda hold nothing that a terminal acts on', async () => {
    const good = keyOf('CA_good', T0);
    const body = Buffer.from(parkedBody([kinesisRecord({ lines: ['a'] })]));
    const hostile = [keyOf('CA_\u001b[2J', T0), keyOf('default', T0), 'aws/lambda/m/s/\u001b[2J'];
    for (const key of [good, ...hostile]) s3.objects.put(BUCKET, { key, body });
    const env = { AWS_ENDPOINT_URL_S3: s3.endpoint, LOG_DRAIN_BUCKET: BUCKET };

    const text = await runCli(cli, ['parked', 'list'], { env });
    const json = await runCli(cli, ['parked', 'list', '--json'], { env });

    expect(text.stdout.split('\n').slice(1)).toEqual([expect.stringContaining(good), '']);
    expect(text.stderr).toContain('1 object');
    expect(JSON.parse(json.stdout)).toMatchObject({ total: 1, objects: [{ key: good }] });
  });
});
