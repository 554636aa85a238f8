import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { type SecretsManager, startSecretsManager } from '../../local/aws/secrets-manager.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { type CliResult, type CliRun, runCli } from '../helpers/run-cli.ts';

const TOKEN = 'pub0123456789abcdef0123456789abcdef';
const NAME = 'log-drain/default/datadog';

const cli = useBuiltCli();
let store: SecretsManager;

beforeAll(async () => {
  store = await startSecretsManager();
});
afterAll(() => store.close());
beforeEach(() => {
  for (const owner of ['default', 'CA_a']) store.remove(`log-drain/${owner}/datadog`);
});

function secrets(args: readonly string[], run: CliRun = {}): Promise<CliResult> {
  const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: store.endpoint, ...run.env };
  return runCli(cli, ['secrets', ...args], { ...run, env });
}

function stored(name = NAME): unknown {
  return JSON.parse(store.get(name) ?? 'null');
}

describe('log-drain secrets set', () => {
  it('stores what the destination accepts, and shows names alone', async () => {
    const { code, stdout, stderr } = await secrets([
      'set',
      'datadog',
      '--secrets',
      `DATADOG_TOKEN=${TOKEN}`,
      '--secrets',
      'DATADOG_REGION=eu',
    ]);

    expect(code).toBe(0);
    expect(stdout).toBe(`Created ${NAME} with 2 settings: DATADOG_REGION, DATADOG_TOKEN.\n`);
    expect(stderr).not.toContain(TOKEN);
    expect(stored()).toEqual({ DATADOG_TOKEN: TOKEN, DATADOG_REGION: 'eu' });
  });

  it('reads variables as they were meant, and says so once without their values', async () => {
    const env = {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `${store.endpoint}\n`,
      AWS_REGION: 'us-east-1\r\n',
      AWS_SECRET_ACCESS_KEY: 'example-secret-key\n',
      LOG_DRAIN_SECRET_PREFIX: 'log-drain \n',
    };
    const { code, stdout, stderr } = await secrets(
      ['set', 'datadog', '--secrets', `DATADOG_TOKEN=${TOKEN}`],
      { env },
    );

    expect([code, stdout]).toEqual([0, `Created ${NAME} with 1 setting: DATADOG_TOKEN.\n`]);
    const [said] = stderr.split('\n');
    expect(said).toMatch(
      /^log-drain: [\w, ]+: white space at the ends of the value is left out; set them without\.$/,
    );
    for (const name of Object.keys(env)) expect(said).toContain(name);
    expect(stderr.match(/white space/g)).toHaveLength(1);
  });

  it('adds to what is stored, and forgets it with --overwrite', async () => {
    store.set(NAME, JSON.stringify({ DATADOG_TOKEN: TOKEN, DATADOG_REGION: 'eu' }));

    const added = await secrets(['set', 'datadog', '--secrets', 'LOGS_MIN_LEVEL=warn', '--json']);
    const afterAdding = stored();
    await secrets(['set', 'datadog', '--overwrite', '--secrets', 'DATADOG_TOKEN=other-token']);

    expect(JSON.parse(added.stdout)).toEqual({
      name: NAME,
      created: false,
      settings: ['DATADOG_REGION', 'DATADOG_TOKEN', 'LOGS_MIN_LEVEL'],
      warnings: [],
    });
    expect(afterAdding).toEqual({ DATADOG_TOKEN: TOKEN, DATADOG_REGION: 'eu', LOGS_MIN_LEVEL: 'warn' });
    expect(stored()).toEqual({ DATADOG_TOKEN: 'other-token' });
  });

  it('reads a dotenv file, stdin, and pairs, which win; an agent has its own', async () => {
    const file = join(cli.dir, 'datadog.env');
    await writeFile(file, `# ours\nexport DATADOG_TOKEN="${TOKEN}"\nDATADOG_REGION=us3\n`);

    await secrets([
      'set',
      'datadog',
      '--agent',
      'CA_a',
      '--secrets-file',
      file,
      '--secrets',
      'DATADOG_REGION=ap1',
    ]);
    await secrets(['set', 'datadog', '--secrets-file', '-'], {
      stdin: 'DATADOG_TOKEN="with=equals,and,#commas"\n',
    });

    expect(stored('log-drain/CA_a/datadog')).toEqual({ DATADOG_TOKEN: TOKEN, DATADOG_REGION: 'ap1' });
    expect(stored()).toEqual({ DATADOG_TOKEN: 'with=equals,and,#commas' });
  });

  it('goes under another prefix if told', async () => {
    await secrets(['set', 'datadog', '--secrets', `DATADOG_TOKEN=${TOKEN}`], {
      env: { LOG_DRAIN_SECRET_PREFIX: 'team/drain' },
    });

    expect(stored('team/drain/default/datadog')).toEqual({ DATADOG_TOKEN: TOKEN });
  });

  it('warns of what is unusual, without its value', async () => {
    const id = '9HFxoa6-lXBmvSM9koPjGzvTaxXDQvJ4POE-WCURPAo';
    const set = (...more: readonly string[]) =>
      secrets(['set', 'syslog', '--secrets', 'SYSLOG_ENDPOINT=logs.example.com:6514', ...more]);

    const plain = await set('--secrets', `SYSLOG_STRUCTURED_DATA=[${id}@41058]`);
    const json = await set('--json');
    store.remove('log-drain/default/syslog');

    expect(plain.code).toBe(0);
    expect(plain.stderr).toMatch(
      /^log-drain secrets: SYSLOG_STRUCTURED_DATA has an ID of more than 32 .*\.$/m,
    );
    expect(JSON.parse(json.stdout)).toMatchObject({
      warnings: [expect.stringContaining('SYSLOG_STRUCTURED_DATA has an ID')],
    });
    for (const { stdout, stderr } of [plain, json]) expect(stdout + stderr).not.toContain(id);
  });

  it('refuses what does not go with what is stored, and names that', async () => {
    const set = (pair: string, ...more: readonly string[]) =>
      secrets([
        'set',
        'syslog',
        '--secrets',
        pair,
        '--secrets',
        'SYSLOG_ENDPOINT=logs.example.com:6514',
        ...more,
      ]);
    await set('SYSLOG_TOKEN=t0ken-value');

    const added = await set('SYSLOG_STRUCTURED_DATA=TOKEN@41058');
    const instead = await set('SYSLOG_STRUCTURED_DATA=TOKEN@41058', '--overwrite');
    store.remove('log-drain/default/syslog');

    expect(added.code).toBe(1);
    expect(added.stderr).toMatch(
      /nothing was stored: SYSLOG_STRUCTURED_DATA must not be set together with SYSLOG_TOKEN, .*Stored before: SYSLOG_TOKEN; --overwrite forgets that/,
    );
    expect(instead.code).toBe(0);
  });

  it('stores settings that switch the destination off, and says so', async () => {
    const { code, stderr } = await secrets(['set', 'splunk', '--secrets', 'LOGS_ENABLE_SPLUNK=0']);

    expect(code).toBe(0);
    expect(stderr).toContain('nothing is sent with these settings: LOGS_ENABLE_SPLUNK is not 1');
    store.remove('log-drain/default/splunk');
  });

  it.each([
    [['DATADOG_TOKN=x-secret-x'], 1, 'datadog has no setting DATADOG_TOKN (perhaps DATADOG_TOKEN)'],
    [['DATADOG_TOKEN=ok', 'DATADOG_REGION=mars'], 1, 'DATADOG_REGION must be one of us1, us3'],
    [['DATADOG_REGION=eu'], 1, 'DATADOG_TOKEN is required'],
    [['DATADOG_TOKEN='], 2, 'DATADOG_TOKEN has no value'],
    [['x_secret_x='], 2, '(a name that is not shown) has no value'],
    [['x_secret_x=y'], 1, 'datadog has no setting (a name that is not shown): nothing was stored'],
    [['DATADOG_TOKEN=<your-token>'], 2, 'DATADOG_TOKEN has a placeholder as value, nothing was stored'],
    [['x-secret-x'], 2, '--secrets takes KEY=VALUE'],
    [[], 2, 'no settings were given'],
  ])('refuses %j in one line without a value, and stores nothing', async (pairs, expected, words) => {
    const { code, stdout, stderr } = await secrets([
      'set',
      'datadog',
      ...pairs.flatMap((pair) => ['--secrets', pair]),
    ]);

    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(words);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(stderr).not.toMatch(/x[-_]secret[-_]x/);
    expect(store.get(NAME)).toBeUndefined();
  });

  it.each([
    [['set', 'datadgo'], `must be one of ${MANIFESTS.map(({ id }) => id).join(', ')}`],
    [['set', 'datadog', '--agent', 'default', '--secrets', 'A=b'], '--agent must be an agent id'],
    [['set', 'datadog', '--secrets-file', 'none.env'], 'cannot read none.env: ENOENT'],
    [['set', 'datadog', '--secrets', 'A=b', '--over'], "unknown option '--over'"],
    [['drop'], 'secrets has no subcommand "drop": set, list or remove'],
    [[], 'secrets needs a subcommand'],
  ])('takes %j as bad usage', async (args, words) => {
    const { code, stdout, stderr } = await secrets(args);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/Try 'log-drain secrets --help'\.\n$/);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  it('does not cut an unquoted value at a #', async () => {
    const { code, stderr } = await secrets(['set', 'datadog', '--secrets-file', '-'], {
      stdin: 'DATADOG_TOKEN=abc#def # a comment\n',
    });

    expect(code).toBe(2);
    expect(stderr).toContain('line 1: the value holds a "#": put it in quotes');
  });

  it.each([
    ['unreadable-lines', 'line 2: type NAME=VALUE without "set"; line 3: type NAME=VALUE; line 4: '],
    ['wrapped-token', 'line 2: '],
    ['token-only', 'line 1: '],
  ])('stores nothing of %s.env, and shows nothing of it', async (name, words) => {
    const file = resolve('test/fixtures/settings', `${name}.env`);
    const { code, stdout, stderr } = await secrets(['set', 'datadog', '--secrets-file', file]);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`log-drain: cannot read ${file}, nothing was stored: ${words}`);
    expect(stderr).not.toMatch(/abcdef|0123|c2Vjcm/);
    expect(store.get(NAME)).toBeUndefined();
  });

  it('takes a name that may be a part of a value by its line', async () => {
    const { code, stderr } = await secrets(['set', 'datadog', '--secrets-file', '-'], {
      stdin: `DATADOG_TOKEN=${TOKEN}\nc2VjcmV0LXRva2Vu=x\n`,
    });

    expect(code).toBe(1);
    expect(stderr).toContain('datadog has no setting the name in line 2: nothing was stored');
    expect(stderr).not.toContain('c2Vjcm');
  });

  it('says so when what is stored is no settings', async () => {
    store.set(NAME, 'plain-token-value');

    const { code, stderr } = await secrets(['set', 'datadog', '--secrets', 'DATADOG_REGION=eu']);

    expect(code).toBe(1);
    expect(stderr).toContain('the secret is not JSON such as {"NAME": "value"}. Replace it with --overwrite');
    expect(stderr).not.toContain('plain-token-value');
  });
});

describe('log-drain secrets list', () => {
  it('shows names, owners and times, and no value', async () => {
    store.set(NAME, JSON.stringify({ DATADOG_TOKEN: TOKEN }));
    store.set('log-drain/CA_a/datadog', JSON.stringify({ DATADOG_TOKEN: TOKEN }));
    store.set('log-drain/CA_a/other', 'somebody else');

    const { code, stdout } = await secrets(['list']);
    const json = await secrets(['list', '--json']);

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^AGENT +DESTINATION +CHANGED +NAME\nCA_a +datadog +\S+ +log-drain\/CA_a\/datadog\n\(every agent\) +datadog /,
    );
    expect(stdout + json.stdout).not.toMatch(new RegExp(`${TOKEN}|other`));
    expect(JSON.parse(json.stdout)).toMatchObject({
      secrets: [
        { owner: 'CA_a', destination: 'datadog' },
        { owner: 'default', name: NAME },
      ],
    });
    store.remove('log-drain/CA_a/other');
  });

  it('says so when there are none', async () => {
    const { code, stdout, stderr } = await secrets(['list']);

    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('there are none under log-drain/');
  });
});

describe('log-drain secrets remove', () => {
  const OWN = 'log-drain/CA_a/datadog';
  const restore = `aws secretsmanager restore-secret --secret-id ${OWN}`;
  const remove = (...flags: readonly string[]): Promise<CliResult> =>
    secrets(['remove', 'datadog', '--agent', 'CA_a', ...flags]);

  it('removes one for 30 days, says how to bring it back, and fails for one that is removed or not there', async () => {
    store.set(OWN, '{}');

    const first = await remove();
    const second = await remove();
    store.remove(OWN);
    const third = await remove();

    expect([first.code, first.stdout]).toEqual([0, `Removed ${OWN}.\n`]);
    expect(first.stderr).toContain(restore);
    expect(first.stderr).toContain('Until then the lines of CA_a for datadog are parked');
    expect(store.get(OWN)).toBeUndefined();
    expect([second.code, third.code]).toEqual([1, 1]);
    expect(second.stderr).toContain(`${OWN} is removed already. Bring it back with ${restore}`);
    expect(third.stderr).toContain(`there is no secret ${OWN}`);
  });

  it('can be followed by set, which keeps nothing of what was removed', async () => {
    store.set(OWN, JSON.stringify({ DATADOG_TOKEN: 'removed', DATADOG_REGION: 'eu' }));
    await remove();

    const set = await secrets(['set', 'datadog', '--agent', 'CA_a', '--secrets', `DATADOG_TOKEN=${TOKEN}`]);

    expect([set.code, set.stdout]).toEqual([0, `Created ${OWN} with 1 setting: DATADOG_TOKEN.\n`]);
    expect(stored(OWN)).toEqual({ DATADOG_TOKEN: TOKEN });
  });

  it('removes for good what is there, or removed before', async () => {
    store.set(OWN, '{}');
    await remove();

    const marked = await remove('--for-good', '--json');
    const absent = await remove('--for-good');

    expect([marked.code, JSON.parse(marked.stdout)]).toEqual([0, { name: OWN, removed: true }]);
    expect(absent.code).toBe(1);
    expect(absent.stderr).toContain(`there is no secret ${OWN}`);
  });
});

describe('trouble with AWS', () => {
  it.each([
    ['no region', { AWS_REGION: undefined }, 'no AWS region is set'],
    [
      'no credentials',
      { AWS_ACCESS_KEY_ID: undefined, AWS_EC2_METADATA_DISABLED: 'true' },
      'no AWS credentials were found',
    ],
    ['no network', { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1' }, 'AWS was not reached'],
  ])('%s is told in one line with the next step', async (_, env, words) => {
    const { code, stdout, stderr } = await secrets(['list'], { env });

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`log-drain secrets: cannot list the secrets: ${words}`);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  it('names the permission that is missing', async () => {
    store.faults.set([{ kind: 'status', status: 403 }]);

    const { code, stderr } = await secrets(['list']);

    expect(code).toBe(1);
    expect(stderr).toContain('Ask for the permission secretsmanager:ListSecrets');
  });
});
