import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pascal } from '../../cdk/pascal.ts';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { type Synthesized, standInAssets, synthesize, testApp } from './synthesize.ts';

const assets = standInAssets();
afterAll(assets.remove);

const ALL = MANIFESTS.map((manifest) => manifest.id);
const EVERY_OPTION = {
  destinations: ALL,
  stream: { encryption: 'customer' },
  producerAccounts: ['111122223333'],
  fanOut: 'enhanced',
  replayFrom: '2026-01-31T12:00:00Z',
  vpc: { subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] },
  secretsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b',
  alarms: { email: 'on-call@example.com', quietMinutes: 60 },
};

const oneOrMore = <T extends z.ZodType>(of: T) => z.union([z.array(of), of.transform((one) => [one])]);
const DOCUMENT = z.object({
  Statement: z.array(
    z.object({ Action: oneOrMore(z.string()), Resource: oneOrMore(z.unknown()), Effect: z.literal('Allow') }),
  ),
});

/** An ARN with `<logical id>` or the last part of a pseudo parameter in place of references. */
function readable(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = z.record(z.string(), z.unknown()).parse(resource);
  if (Array.isArray(join)) return z.array(z.unknown()).parse(join[1]).map(readable).join('');
  if (Array.isArray(attribute)) return `<${String(attribute[0]).replace(/[0-9A-F]{8}$/, '')}>`;
  return `<${String(Ref).replace('AWS::', '')}>`;
}

/** `action on resource` for all that the policies of a role allow. */
function allowed({ ofType }: Synthesized, owner: string): readonly string[] {
  const policies = Object.entries({ ...ofType('AWS::IAM::Policy'), ...ofType('AWS::IAM::ManagedPolicy') })
    .filter(([id]) => id.startsWith(owner))
    .map(([, { Properties }]) => DOCUMENT.parse(Properties['PolicyDocument']));
  return policies
    .flatMap(({ Statement }) => Statement)
    .flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => Resource.map((on) => `${action} on ${readable(on)}`)),
    )
    .sort();
}

const plain = synthesize(assets.root, { destinations: ALL });
const withEveryOption = synthesize(assets.root, EVERY_OPTION);

const SECRET = 'arn:<Partition>:secretsmanager:<Region>:<AccountId>:secret:log-drain';

describe('least privilege', () => {
  it.each(ALL)(
    '%s reads its own secrets and the stream, writes its own prefixes and logs, and nothing else',
    (id) => {
      expect(allowed(plain, `LogDrain${pascal(id)}Role`)).toEqual([
        'kinesis:DescribeStream on <LogDrainStream>',
        'kinesis:DescribeStreamSummary on <LogDrainStream>',
        'kinesis:GetRecords on <LogDrainStream>',
        'kinesis:GetShardIterator on <LogDrainStream>',
        'kinesis:ListShards on <LogDrainStream>',
        `logs:CreateLogStream on <LogDrain${pascal(id)}Logs>`,
        `logs:PutLogEvents on <LogDrain${pascal(id)}Logs>`,
        's3:ListBucket on <LogDrainParking>',
        's3:PutObject on <LogDrainParking>/aws/lambda/*',
        `s3:PutObject on <LogDrainParking>/parked/${id}/*`,
        `s3:PutObject on <LogDrainParking>/rejected/${id}/*`,
        `s3:PutObject on <LogDrainParking>/unreadable/${id}/*`,
        `secretsmanager:GetSecretValue on ${SECRET}/*/${id}`,
        `secretsmanager:GetSecretValue on ${SECRET}/*/${id}-??????`,
      ]);
    },
  );

  it('adds the keys, the consumer and the network interfaces that options need', () => {
    const more = allowed(withEveryOption, 'LogDrainDatadogRole').filter(
      (line) => !allowed(plain, 'LogDrainDatadogRole').includes(line),
    );

    expect(more.filter((line) => !line.startsWith('ec2:'))).toEqual([
      'kinesis:DescribeStreamConsumer on <LogDrainDatadogConsumer>',
      'kinesis:SubscribeToShard on <LogDrainDatadogConsumer>',
      'kms:Decrypt on <LogDrainStreamKey>',
      'kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/0a1b',
    ]);
    expect(more.filter((line) => line.startsWith('ec2:'))).toHaveLength(6);
  });

  it('lets redrive at parked objects and the functions, and at no secret', () => {
    const kinds = ['aws/lambda', 'leases', 'parked', 'parked-later', 'redrive', 'rejected', 'unreadable'];
    const objects = (action: string, of: readonly string[]) =>
      of.map((kind) => `${action} on <LogDrainParking>/${kind}/*`);

    expect(allowed(plain, 'LogDrainRedriveRole')).toEqual(
      [
        ...ALL.map((id) => `lambda:InvokeFunction on <LogDrain${pascal(id)}Function>`),
        'logs:CreateLogStream on <LogDrainRedriveLogs>',
        'logs:PutLogEvents on <LogDrainRedriveLogs>',
        ...objects('s3:DeleteObject', kinds),
        ...objects('s3:GetObject', kinds),
        's3:ListBucket on <LogDrainParking>',
        ...objects('s3:PutObject', kinds),
      ].sort(),
    );
  });

  it('lets producers put records, and use the key where there is one', () => {
    const put = [
      'kinesis:DescribeStreamSummary on <LogDrainStream>',
      'kinesis:ListShards on <LogDrainStream>',
      'kinesis:PutRecords on <LogDrainStream>',
    ];

    expect(allowed(plain, 'LogDrainProducerPolicy')).toEqual(put);
    expect(allowed(withEveryOption, 'LogDrainProducerPolicy')).toEqual([
      ...put,
      'kms:GenerateDataKey on <LogDrainStreamKey>',
    ]);
  });

  it.each([
    ['as the repository has it', plain],
    ['with every option', withEveryOption],
  ])("has no finding in cdk-nag's AwsSolutions pack, %s", (_how, { app, stack }) => {
    const { violations } = new AwsSolutionsChecks(app, { verbose: true }).validateScope(stack);

    expect(violations).toEqual([]);
  });

  it('has a pack that does find what nobody gave a reason for', () => {
    const app = testApp(assets.root);
    const stack = new Stack(app, 'Careless');
    const bucket = new Bucket(stack, 'Bucket');

    const { violations } = new AwsSolutionsChecks(app).validateScope(bucket);

    expect(violations.map(({ ruleName }) => ruleName)).toContain('AwsSolutions-S1');
  });
});
