import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DestinationId } from '../../lambdas/registry.ts';
import { type SecretsManager, startSecretsManager } from '../../local/aws/secrets-manager.ts';
import type { AcceptedEvent, Receiver } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { createAuthority } from '../helpers/certificates.ts';
import { closeServer, listen } from '../helpers/listen.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';

const cli = useBuiltCli();
let store: SecretsManager;
const receivers: Receiver[] = [];

beforeAll(async () => {
  store = await startSecretsManager();
});
afterAll(() => store.close());
afterEach(async () => {
  for (const owner of ['default', 'CA_own']) store.remove(`log-drain/${owner}/datadog`);
  await Promise.all(receivers.splice(0).map(({ close }) => close()));
});

async function startReceiver(id: DestinationId): Promise<Receiver & { readonly accepted: AcceptedEvent[] }> {
  const accepted: AcceptedEvent[] = [];
  const receiver = await RECEIVERS[id].start((event) => void accepted.push(event));
  receivers.push(receiver);
  return { ...receiver, accepted };
}

function test(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return runCli(cli, ['test', ...args], {
    env: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: store.endpoint,
      ALLOW_PRIVATE_DESTINATIONS: '1',
      ...env,
    },
  });
}

/** A dotenv file; values may span lines. */
async function envFile(settings: Readonly<Record<string, string>>): Promise<string> {
  const file = join(cli.dir, 'test.env');
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  );
  return file;
}

describe('log-drain test', () => {
  it.each(Object.keys(RECEIVERS) as DestinationId[])('sends one marked line to %s', async (id) => {
    const receiver = await startReceiver(id);
    const file = await envFile(receiver.settings);

    const { code, stdout, stderr } = await test([id, '--env', file, '--agent', 'CA_a', '--json']);

    expect(stderr).toBe('');
    const told = JSON.parse(stdout) as { line: string };
    expect(told).toMatchObject({ destination: id, passed: true, fate: 'delivered', settings: file });
    expect(code).toBe(0);
    expect(receiver.accepted.map(({ text }) => text)).toEqual([told.line]);
    expect(told.line).toMatch(/^log-drain test [0-9a-f-]{36} from /);
    expect(receiver.violations).toEqual([]);
  });

  it('uses the agent’s secret, else the one of every agent', async () => {
    const { settings } = await startReceiver('datadog');
    store.set('log-drain/default/datadog', JSON.stringify(settings));
    store.set('log-drain/CA_own/datadog', JSON.stringify({ ...settings, DATADOG_TOKEN: 'a-wrong-one' }));

    const all = await test(['datadog', '--agent', 'CA_a']);
    const own = await test(['datadog', '--agent', 'CA_own', '--json']);

    expect(all.code).toBe(0);
    expect(all.stdout).toMatch(
      /^datadog: delivered in \d+ ms, with the settings of log-drain\/default\/datadog\nLook for it in the service\. The line: log-drain test /,
    );
    expect(own.code).toBe(1);
    expect(JSON.parse(own.stdout)).toMatchObject({ passed: false, settings: 'log-drain/CA_own/datadog' });
  });

  it('shows the service’s words without a secret and without the line', async () => {
    const receiver = await startReceiver('datadog');
    const token = receiver.settings['DATADOG_TOKEN'] ?? '';
    const body = `{"errors":["the key ${token} is no good\\u0007"]}`;
    receiver.faults.set([{ kind: 'status', status: 403, body }]);

    const { code, stdout } = await test(['datadog', '--env', await envFile(receiver.settings)]);

    expect(code).toBe(1);
    expect(stdout).toMatch(/^datadog: not delivered \(not-authorized\) in \d+ ms/);
    expect(stdout).toContain('The service said: 403 {"errors":["the key *** is no good');
    expect(stdout).toContain('Correct the settings with log-drain secrets set');
    expect(stdout).not.toContain(token);
  });

  it('shows no part of a setting that is secret by itself, here in the name of a peer’s certificate', async () => {
    const key = '0123456789abcdef0123456789abcdef';
    const authority = await createAuthority();
    const server = createServer(await authority.issue({ names: [`DNS:x-${key}.example`] }));
    server.on('tlsClientError', () => undefined);
    const file = await envFile({
      SYSLOG_ENDPOINT: `localhost:${await listen(server)}`,
      SYSLOG_STRUCTURED_DATA: `[logdna@48950 key="${key}"]`,
      LOGS_CA: authority.cert,
    });

    const { code, stdout, stderr } = await test(['syslog', '--env', file]);
    await closeServer(server);

    expect(code).toBe(1);
    expect(stdout).toContain('DNS:x-***.example');
    expect(stdout + stderr).not.toContain(key);
  });

  it('tells of passing trouble as such', async () => {
    const receiver = await startReceiver('datadog');
    receiver.faults.set([{ kind: 'status', status: 503 }]);

    const { code, stdout } = await test(['datadog', '--env', await envFile(receiver.settings)]);

    expect(code).toBe(1);
    expect(stdout).toContain('not delivered (status-503)');
    expect(stdout).toContain('Try again later.');
  });

  it.each([
    [
      ['datadog'],
      1,
      'there is no secret log-drain/default/datadog. Make one with log-drain secrets set datadog',
    ],
    [['datadog', '--env', 'none.env'], 2, 'cannot read none.env: ENOENT'],
    [
      ['datadog', '--env', resolve('test/fixtures/settings/wrapped-token.env')],
      2,
      'wrapped-token.env, nothing was sent: line 2: ',
    ],
    [['loki'], 2, 'is no destination'],
  ])('%j is refused in words', async (args, expected, words) => {
    const { code, stdout, stderr } = await test(args);

    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(words);
  });

  it('names every setting that is wrong', async () => {
    const file = await envFile({ SPLUNK_HEC_URL: 'https://example.com:8088', LOGS_ENABLE_SPLUNK: '1' });
    const off = await envFile({ SPLUNK_HEC_URL: 'https://example.com:8088' });
    await writeFile(`${file}.on`, "SPLUNK_HEC_URL='nonsense'\nLOGS_ENABLE_SPLUNK=1\n");

    const switchedOff = await test(['splunk', '--env', off]);
    const wrong = await test(['splunk', '--env', `${file}.on`]);

    expect(switchedOff.stderr).toContain('LOGS_ENABLE_SPLUNK is not 1');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/SPLUNK_HEC_TOKEN is required.*SPLUNK_HEC_URL/);
  });

  it('refuses private addresses unless they are allowed', async () => {
    const { settings, accepted } = await startReceiver('datadog');

    const { code, stdout } = await test(['datadog', '--env', await envFile(settings)], {
      ALLOW_PRIVATE_DESTINATIONS: '',
    });

    expect(code).toBe(1);
    expect(stdout).toContain('not delivered');
    expect(accepted).toEqual([]);
  });
});
