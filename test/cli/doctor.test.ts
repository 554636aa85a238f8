import { afterEach, describe, expect, it } from 'vitest';
import { type S3, startS3 } from '../../local/aws/s3.ts';
import { type SecretsManager, startSecretsManager } from '../../local/aws/secrets-manager.ts';
import type { HttpServer } from '../../local/aws/server.ts';
import { type Kinesis, startKinesis } from '../../local/kinesis/kinesis.ts';
import { startFakeCloudFormation } from '../helpers/aws/fake-cloudformation.ts';
import { type FakeCloudWatchOptions, startFakeCloudWatch } from '../helpers/aws/fake-cloudwatch.ts';
import { startFakeLambda } from '../helpers/aws/fake-lambda.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { T0 } from '../helpers/engine-harness.ts';
import { keyOf, onFailureBody, parkedBody } from '../helpers/redrive-world.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';

const BUCKET = 'parking';
const OUTPUTS = {
  StreamName: 'agent-logs',
  ParkingBucketName: BUCKET,
  RedriveFunctionName: 'my-redrive',
  SecretPrefix: 'log-drain',
  DestinationFunctions: JSON.stringify({ datadog: 'drain-datadog', splunk: 'drain-splunk' }),
};
const TOKEN = 'pub0123456789abcdef0123456789abcdef';

const cli = useBuiltCli();

interface DoctorWorld {
  readonly s3: S3;
  readonly secrets: SecretsManager;
  readonly doctor: (args?: readonly string[], env?: Readonly<Record<string, string>>) => Promise<CliResult>;
  readonly close: () => Promise<unknown>;
}

interface WorldOptions extends FakeCloudWatchOptions {
  readonly outputs?: Readonly<Record<string, string>>;
  readonly status?: string;
  readonly mappings?: readonly Readonly<Record<string, string>>[];
  readonly streamName?: string;
}

let world: DoctorWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

function mapping(name: string, more: Readonly<Record<string, string>> = {}) {
  const arn = `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
  return { UUID: `uuid-${name}`, FunctionArn: arn, State: 'Enabled', LastProcessingResult: 'OK', ...more };
}

const HEALTHY = [
  mapping('drain-datadog'),
  mapping('drain-splunk', { LastProcessingResult: 'No records processed' }),
];

async function setup(options: WorldOptions = {}): Promise<DoctorWorld> {
  const { outputs = OUTPUTS, mappings = HEALTHY, streamName = 'agent-logs', status } = options;
  const [stacks, lambda, watch, s3, secrets, kinesis]: [
    HttpServer,
    HttpServer,
    HttpServer,
    S3,
    SecretsManager,
    Kinesis,
  ] = await Promise.all([
    startFakeCloudFormation({ name: 'log-drain', outputs, ...(status === undefined ? {} : { status }) }),
    startFakeLambda({ functions: {}, mappings }),
    startFakeCloudWatch(options),
    startS3({ buckets: [BUCKET] }),
    startSecretsManager(),
    startKinesis({ shards: 2, streamName }),
  ]);
  secrets.set('log-drain/default/datadog', JSON.stringify({ DATADOG_TOKEN: TOKEN }));
  secrets.set('log-drain/default/splunk', '{"LOGS_ENABLE_SPLUNK":"0"}');
  const created: DoctorWorld = {
    s3,
    secrets,
    doctor: (args = [], env = {}) =>
      runCli(cli, ['doctor', ...args], {
        env: {
          AWS_ENDPOINT_URL_CLOUDFORMATION: stacks.endpoint,
          AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
          AWS_ENDPOINT_URL_CLOUDWATCH: watch.endpoint,
          AWS_ENDPOINT_URL_S3: s3.endpoint,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
          AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint,
          ...env,
        },
      }),
    close: () => Promise.all([stacks, lambda, watch, s3, secrets, kinesis].map((server) => server.close())),
  };
  world = created;
  return created;
}

describe('log-drain doctor', () => {
  it('says that all is well, and what it looked at', async () => {
    const { doctor } = await setup({
      alarms: ['A', 'B', 'C'].map((id) => ({
        AlarmName: `log-drain-datadog-${id}`,
        StateValue: 'OK' as const,
      })),
      ages: { 'drain-datadog': [1_200, 99_000] },
    });

    const { code, stdout, stderr } = await doctor();

    expect(stderr).toBe('');
    expect(stdout).toBe(
      [
        'ok    stack: log-drain in us-east-1, account 123456789012',
        'ok    stream: agent-logs is active, open shards: 2',
        'ok    datadog mapping: enabled',
        'ok    splunk mapping: enabled',
        'ok    datadog lateness: reads 1 s behind',
        'ok    splunk lateness: nothing was read in the last 15 minutes',
        'ok    datadog settings: log-drain/default/datadog is good',
        'note  splunk settings: log-drain/default/splunk is switched off: LOGS_ENABLE_SPLUNK is not 1',
        'ok    parked: nothing is parked',
        'ok    alarms: none of 3 alarms is raised',
        'All is well.',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  it('tells each trouble with its next step', async () => {
    const { doctor, s3, secrets } = await setup({
      mappings: [
        mapping('drain-datadog', { State: 'Disabled' }),
        mapping('drain-splunk', { LastProcessingResult: 'PROBLEM: Function call failed' }),
      ],
      alarms: [
        { AlarmName: 'log-drain-datadog-Late', StateValue: 'OK' },
        { AlarmName: 'log-drain-datadog-Other', StateValue: 'INSUFFICIENT_DATA' },
        {
          AlarmName: 'log-drain-splunk-LinesParked',
          StateValue: 'ALARM',
          AlarmDescription: 'See the dashboard.',
        },
        { AlarmName: 'another-stack-x', StateValue: 'ALARM' },
      ],
      ages: { 'drain-splunk': [300_000] },
      streamName: 'another',
    });
    secrets.set(
      'log-drain/default/datadog',
      JSON.stringify({ DATADOG_TOKEN: TOKEN, DATADOG_REGION: 'mars' }),
    );
    secrets.set('log-drain/CA_a/datadog', 'no json');
    secrets.set('log-drain/CA_b/datadog', JSON.stringify({ DATADOG_TOKEN: TOKEN, DATADOG_SITE: 'x' }));
    secrets.remove('log-drain/default/splunk');
    secrets.set('log-drain/default/syslog', '{}');
    const put = (key: string, body: string) => void s3.objects.put(BUCKET, { key, body: Buffer.from(body) });
    put(keyOf('CA_a', T0), parkedBody([]));
    put(keyOf('CA_a', T0, { kind: 'rejected', name: '1-0' }), parkedBody([]));
    put('aws/lambda/m/s/2026/01/15/2026-01-15T10.30.00-x', onFailureBody([]));
    put(keyOf('CA_a', T0).replace('datadog', 'syslog'), parkedBody([]));
    const failing = { kind: 'parked', agent: 'CA_a', failures: 3, tried_ms: T0, reason: 'no-settings' };
    put('redrive/datadog.json', JSON.stringify({ version: 1, folders: [failing] }));

    const { code, stdout } = await doctor();

    expect(code).toBe(1);
    for (const words of [
      /^BAD {3}stream: agent-logs is gone: agents cannot write\n {7}Deploy again/m,
      /^BAD {3}datadog mapping: it is disabled: lines wait in the stream\n.*--uuid uuid-drain-datadog --enabled$/m,
      /^BAD {3}splunk mapping: enabled, but its last batch failed \(PROBLEM: Function call failed\)$/m,
      /^BAD {3}splunk lateness: reads 5 min behind$/m,
      /^BAD {3}datadog settings: log-drain\/default\/datadog: DATADOG_REGION must be one of/m,
      /^BAD {3}datadog settings: log-drain\/CA_a\/datadog: the secret is not JSON such as \{"NAME": "value"\}\n {7}Replace it with log-drain secrets set datadog --agent CA_a --overwrite\.$/m,
      /^note {2}datadog settings: log-drain\/CA_b\/datadog is good, but DATADOG_SITE in it means nothing$/m,
      /^BAD {3}splunk settings: there are none under log-drain\/: lines are skipped$/m,
      /^note {2}syslog settings: log-drain\/default\/syslog is not used: syslog is not deployed$/m,
      /^BAD {3}syslog parked: not delivered, and syslog is not deployed: 1 object, .* old\n {7}Deploy syslog again/m,
      /^BAD {3}datadog parked: not delivered: 1 object, .* old; redrive fails with no-settings \(1 agent\)\n.*log-drain redrive --destination datadog\.$/m,
      /^note {2}datadog rejected: rejected for good: 1 object/m,
      /^BAD {3}expired: put aside by Lambda: 1 object/m,
      /^BAD {3}alarms: log-drain-splunk-LinesParked is raised\n {7}See the dashboard\.$/m,
      /^\d+ troubles found\.$/m,
    ]) {
      expect(stdout).toMatch(words);
    }
    expect(stdout).not.toMatch(new RegExp(`${TOKEN}|another-stack`));
  });

  it('notes what is unusual in good settings, without their values', async () => {
    const { doctor, secrets } = await setup({
      outputs: { ...OUTPUTS, DestinationFunctions: JSON.stringify({ syslog: 'drain-syslog' }) },
    });
    const id = '9HFxoa6-lXBmvSM9koPjGzvTaxXDQvJ4POE-WCURPAo';
    const settings = { SYSLOG_ENDPOINT: 'logs.example.com:6514', SYSLOG_STRUCTURED_DATA: `[${id}@41058]` };
    secrets.set('log-drain/default/syslog', JSON.stringify(settings));

    const { stdout } = await doctor();

    expect(stdout).toMatch(
      /^note {2}syslog settings: log-drain\/default\/syslog is good, but SYSLOG_STRUCTURED_DATA has an ID/m,
    );
    expect(stdout).not.toContain(id);
  });

  it('goes on when one look is not allowed, and names the permission', async () => {
    const { doctor, s3 } = await setup();
    s3.faults.set([{ kind: 'status', status: 403, times: 0 }]);

    const { code, stdout } = await doctor(['--json']);

    expect(code).toBe(1);
    const told = JSON.parse(stdout) as {
      good: boolean;
      findings: { about: string; state: string; says: string }[];
    };
    expect(told.good).toBe(false);
    expect(told.findings.filter(({ state }) => state === 'bad')).toEqual([
      {
        about: 'parked',
        state: 'bad',
        says: expect.stringContaining('Ask for the permission s3:ListBucket') as string,
      },
    ]);
    expect(told.findings.map(({ about }) => about)).toContain('alarms');
  });

  it('tells of a deployment that failed', async () => {
    const { doctor } = await setup({ status: 'UPDATE_ROLLBACK_FAILED' });

    const { code, stdout } = await doctor();

    expect(code).toBe(1);
    expect(stdout).toContain(
      'BAD   stack: log-drain in us-east-1, account 123456789012: UPDATE_ROLLBACK_FAILED',
    );
  });

  it.each([
    [
      ['--stack', 'nope'],
      {},
      'cannot read the stack nope: ValidationError: Stack with id nope does not exist',
    ],
    [[], { LOG_DRAIN_STACK: 'other' }, 'cannot read the stack other'],
  ])('%j %j: says that there is no such stack', async (args, env, words) => {
    const { doctor } = await setup();

    const { code, stdout, stderr } = await doctor(args, env);

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
  });

  it('says so when the stack is not ours', async () => {
    const { doctor } = await setup({ outputs: { Other: 'x' } });

    const { code, stderr } = await doctor();

    expect(code).toBe(1);
    expect(stderr).toContain('the stack log-drain has no output DestinationFunctions');
  });
});
