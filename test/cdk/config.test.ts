import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { appSchema } from '../../cdk/config.ts';
import { ConfigError, keysOf, readAppConfig, readDrainConfig } from '../../cdk/read-config.ts';
import { MANIFESTS } from '../../lambdas/registry.ts';

const ALL = MANIFESTS.map((manifest) => manifest.id);

function errorOf(context: unknown, destinations?: unknown): string {
  try {
    readAppConfig(context, destinations);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('the context key log-drain', () => {
  it('needs nothing but destinations and fills in every default', () => {
    const config = readAppConfig({ destinations: ['datadog'] });

    expect(config).toMatchObject({
      stackName: 'log-drain',
      fanOut: 'shared',
      stallLimitSeconds: 900,
      isolationLimitSeconds: 10,
      memoryMb: 512,
      secretPrefix: 'log-drain',
      parkingDays: 30,
      redriveEveryMinutes: 5,
      removalPolicy: 'retain',
      alarms: {
        failedPercent: 20,
        failedAttempts: 10,
        refusedLines: 1,
        parkedLines: 1,
        iteratorAgeSeconds: 60,
      },
    });
  });

  it.each([
    ['all', ALL],
    ['splunk', ['splunk']],
    ['sentry, syslog', ['sentry', 'syslog']],
  ])('takes %j from the command line in place of its own list', (override, expected) => {
    const config = readAppConfig({ destinations: ['datadog'] }, override);

    expect(config.destinations).toEqual(expected);
  });

  it('lists all mistakes in one error', () => {
    const message = errorOf({
      destinations: ['datadog', 'papertrail'],
      colour: 'red',
      stream: { mode: 'on-demand', shards: 0, arn: 'arn:aws:s3:::bucket', flow: 1 },
      fanOut: 'enhanced',
      replayFrom: 'yesterday',
      stallLimitSeconds: 30,
      isolationLimitSeconds: 60,
      allowPrivateDestinations: ['1', '0.0.0.0/0', '10.0.0.0/8'],
      assumableRoles: ['arn:aws:iam::111122223333:user/me', 'arn:aws:iam::111122223333:role/*'],
      memoryMb: '512',
      secretPrefix: '/log-drain/',
      secretsKeyArn: 'alias/aws/secretsmanager',
      producerAccounts: ['12345'],
      logRetentionDays: 31,
      alarms: { topicArn: 'arn:aws:sqs:eu-west-1:111122223333:queue', email: 'me', loud: true },
      removalPolicy: 'keep',
    });

    expect(message.split('\n').slice(1).sort()).toEqual([
      expect.stringMatching(/^ {2}- alarms\.email must be an e-mail address/),
      expect.stringMatching(/^ {2}- alarms\.loud is not known; the keys of alarms are topicArn, email, /),
      expect.stringMatching(/^ {2}- alarms\.topicArn must be the ARN of an SNS topic.*"arn:aws:sqs:/),
      expect.stringMatching(/^ {2}- allowPrivateDestinations\.0 must be a network .*"1"/),
      expect.stringMatching(/^ {2}- allowPrivateDestinations\.1 must be a network .*"0\.0\.0\.0\/0"/),
      expect.stringMatching(/^ {2}- assumableRoles\.0 must be the ARN of an IAM role.*"arn:aws:iam::/),
      expect.stringMatching(/^ {2}- assumableRoles\.1 must be the ARN of an IAM role.*:role\/\*"/),
      expect.stringMatching(/^ {2}- colour is not known; the keys are stackName, destinations, /),
      expect.stringMatching(/^ {2}- destinations\.1 must be one of datadog, .*\(got "papertrail"\)/),
      expect.stringMatching(/^ {2}- isolationLimitSeconds must not be above stallLimitSeconds/),
      expect.stringMatching(/^ {2}- logRetentionDays must be one of 1, 3, 5, .*\(got 31\)/),
      expect.stringMatching(/^ {2}- memoryMb must be a whole number from 256 to 10240/),
      expect.stringMatching(/^ {2}- producerAccounts does not go with stream\.arn/),
      expect.stringMatching(/^ {2}- producerAccounts needs stream\.encryption customer/),
      expect.stringMatching(/^ {2}- producerAccounts\.0 must be an account id of 12 digits/),
      expect.stringMatching(/^ {2}- removalPolicy must be one of retain, destroy \(got "keep"\)/),
      expect.stringMatching(/^ {2}- replayFrom must be a time with its zone/),
      expect.stringMatching(/^ {2}- secretPrefix must be made of letters/),
      expect.stringMatching(/^ {2}- secretsKeyArn must be the ARN of a KMS key/),
      expect.stringMatching(/^ {2}- stallLimitSeconds must be a whole number from 60 /),
      expect.stringMatching(/^ {2}- stream\.arn must be the ARN of a Kinesis stream.*"arn:aws:s3:::bucket"/),
      expect.stringMatching(/^ {2}- stream\.arn names an existing stream/),
      expect.stringMatching(/^ {2}- stream\.flow is not known; the keys of stream are arn, /),
      expect.stringMatching(/^ {2}- stream\.shards does not go with mode on-demand/),
      expect.stringMatching(/^ {2}- stream\.shards must be a whole number from 1 to 10000/),
    ]);
  });

  it.each([
    ['nothing at all', undefined, /the configuration/],
    ['a list', [], /the configuration/],
    ['no destinations', {}, /destinations must be a list of/],
    ['an empty list of destinations', { destinations: [] }, /destinations must name at least one/],
    [
      'a destination twice',
      { destinations: ['datadog', 'datadog'] },
      /destinations names a destination twice/,
    ],
    [
      'the ARN of a consumer for a stream',
      {
        destinations: ['datadog'],
        stream: { arn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/lines/consumer/me:1' },
      },
      /stream\.arn must be the ARN of a Kinesis stream/,
    ],
    ['null for an object', { destinations: ['datadog'], stream: null, alarms: null }, /stream: /],
  ])('names the key when it holds %s', (_what, context, expected) => {
    const message = errorOf(context);

    expect(message).toMatch(expected);
    expect(message).not.toMatch(/\n\s+at /);
  });

  it('does not let records wait for longer than the stream keeps them', () => {
    const day = { destinations: ['datadog'], stallLimitSeconds: 21_600 };

    expect(errorOf(day)).toBe('');
    expect(errorOf({ ...day, stallLimitSeconds: 21_601 })).toMatch(
      /stallLimitSeconds must be at most a quarter/,
    );
    expect(errorOf({ ...day, stallLimitSeconds: 43_200, stream: { retentionHours: 48 } })).toBe('');
  });

  it('demands replayFrom with enhanced fan-out, since its mappings are new', () => {
    const enhanced = { destinations: ['datadog'], fanOut: 'enhanced' };

    expect(errorOf(enhanced)).toMatch(/replayFrom is required with fanOut enhanced.*sent twice/);
    expect(errorOf({ ...enhanced, replayFrom: '2026-01-31T12:00:00Z' })).toBe('');
  });

  it('demands a key of the account for producers of other accounts', () => {
    const others = { destinations: ['datadog'], producerAccounts: ['111122223333'] };

    expect(errorOf(others)).toMatch(/producerAccounts needs stream\.encryption customer/);
    expect(errorOf({ ...others, stream: { encryption: 'customer' } })).toBe('');
  });

  it('has a row in docs/deploy.md for each of its keys, and no row for others', () => {
    const docs = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
    const table = docs.slice(
      docs.indexOf('## Configuration'),
      docs.indexOf('\n## ', docs.indexOf('## Configuration') + 1),
    );
    const rows = [...table.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, key]) => key);

    expect(rows.sort()).toEqual([...keysOf(appSchema)].sort());
  });
});

describe("a LogDrain's properties", () => {
  it('are checked by the same rules, without the name of a stack', () => {
    expect(() => readDrainConfig({ destinations: ['datadog'], stackName: 'mine' })).toThrow(
      /LogDrain's properties cannot be used:\n {2}- stackName is not known/,
    );
  });
});
