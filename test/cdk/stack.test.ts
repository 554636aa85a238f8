import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { standInAssets, synthesize } from './synthesize.ts';

const assets = standInAssets();
afterAll(assets.remove);

const ALL = MANIFESTS.map((manifest) => manifest.id);
const everything = synthesize(assets.root, { destinations: ALL });
const drain = (context: Readonly<Record<string, unknown>>) =>
  synthesize(assets.root, { destinations: ['datadog'], ...context });

describe('each destination', () => {
  it.each(ALL)('%s has a function of its own: arm64, Node 24, one minute, JSON logs', (id) => {
    const functions = Object.values(everything.ofType('AWS::Lambda::Function'));
    const title = MANIFESTS.find((manifest) => manifest.id === id)?.title;
    const own = functions.filter(
      ({ Properties }) => Properties['Description'] === `Delivers the lines of agents to ${title}`,
    );

    expect(own).toHaveLength(1);
    expect(own[0]?.Properties).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 60,
      MemorySize: 512,
      LoggingConfig: { LogFormat: 'JSON' },
    });
    expect(own[0]?.Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('has a role and a log group with retention that no other function has', () => {
    const functions = Object.values(everything.ofType('AWS::Lambda::Function'));

    const roles = functions.map(({ Properties }) => JSON.stringify(Properties['Role']));
    const logs = functions.map(({ Properties }) => JSON.stringify(Properties['LoggingConfig']));

    expect(new Set(roles).size).toBe(ALL.length + 1);
    expect(new Set(logs).size).toBe(ALL.length + 1);
    everything.template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('is told its settings by the environment that functions read', () => {
    const functions = everything.template.findResources('AWS::Lambda::Function', {
      Properties: { Environment: { Variables: { SECRET_PREFIX: Match.anyValue() } } },
    });

    for (const { Properties } of Object.values(functions)) {
      expect(Properties.Environment.Variables).toEqual({
        SECRET_PREFIX: 'log-drain',
        PARKING_BUCKET: { Ref: Object.keys(everything.ofType('AWS::S3::Bucket'))[0] },
        STALL_LIMIT_SECONDS: '900',
        ISOLATION_LIMIT_SECONDS: '10',
        POWERTOOLS_SERVICE_NAME: 'log-drain',
        MALLOC_ARENA_MAX: '2',
      });
    }
    expect(Object.keys(functions)).toHaveLength(ALL.length);
  });

  it('reaches private networks only where they are configured', () => {
    const { template } = drain({ allowPrivateDestinations: ['10.20.0.0/16', 'fd12:3456::/32'] });

    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ALLOW_PRIVATE_DESTINATIONS: '10.20.0.0/16,fd12:3456::/32' } },
    });
  });

  it('may assume the roles that are configured, and knows them, if its destination has roles', () => {
    const assumableRoles = ['arn:aws:iam::444455556666:role/one', 'arn:aws:iam::444455556666:role/two'];
    const { template, ofType } = drain({ destinations: ['cloudwatch', 'splunk'], assumableRoles });

    const knowing = Object.values(ofType('AWS::Lambda::Function')).filter(({ Properties }) =>
      JSON.stringify(Properties['Environment']).includes(assumableRoles.join(',')),
    );
    expect(knowing).toHaveLength(1);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('Cloudwatch'),
      PolicyDocument: {
        Statement: Match.arrayWith([{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: assumableRoles }]),
      },
    });
    expect(JSON.stringify(ofType('AWS::IAM::Policy')).split('sts:AssumeRole"')).toHaveLength(2);
  });

  it('is attached to a VPC where one is configured', () => {
    const vpc = {
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0a1b2c3d'],
      securityGroupIds: ['sg-0123456789abcdef0'],
    };
    const { template } = drain({ vpc });

    template.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.securityGroupIds },
    });
  });
});

describe('each mapping', () => {
  it('reads from the oldest record, reports single failures and never gives up by count', () => {
    everything.template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1000,
      MaximumBatchingWindowInSeconds: 2,
      ParallelizationFactor: 1,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 3600,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MetricsConfig: { Metrics: ['EventCount'] },
    });
  });

  it('hands expired batches to the parking bucket', () => {
    const [bucket] = Object.keys(everything.ofType('AWS::S3::Bucket'));

    everything.template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [bucket, 'Arn'] } } },
    });
  });

  it.each([60, 900, 1200, 21_600])(
    'lets records get twice as old as a stall limit of %d s and one run more',
    (stall) => {
      const { ofType } = drain({ stallLimitSeconds: stall });

      const [mapping] = Object.values(ofType('AWS::Lambda::EventSourceMapping'));
      const [fn] = Object.values(ofType('AWS::Lambda::Function'));

      const age = Number(mapping?.Properties['MaximumRecordAgeInSeconds']);
      expect(age).toBeGreaterThanOrEqual(2 * stall + Number(fn?.Properties['Timeout']));
    },
  );

  it('keeps the logical id that it is deployed with', () => {
    // A new id is a new mapping: it begins at the oldest record, and a day of lines is sent twice.
    expect(Object.keys(everything.ofType('AWS::Lambda::EventSourceMapping'))).toEqual(
      expect.arrayContaining([
        'LogDrainCloudwatchMapping9910DF10',
        'LogDrainDatadogMapping1730CE70',
        'LogDrainNewrelicMapping53BFB282',
        'LogDrainSentryMapping3AC6562B',
        'LogDrainSplunkMappingE56B5486',
        'LogDrainSyslogMapping08397B8A',
      ]),
    );
  });

  it('reads through a consumer of its own, from the given time on, with enhanced fan-out', () => {
    const { template, ofType } = drain({
      destinations: ['datadog', 'splunk'],
      fanOut: 'enhanced',
      replayFrom: '2026-01-31T12:00:00+01:00',
    });

    const consumers = Object.keys(ofType('AWS::Kinesis::StreamConsumer'));
    const mappings = Object.values(ofType('AWS::Lambda::EventSourceMapping'));

    expect(mappings.map(({ Properties }) => Properties['EventSourceArn'])).toEqual(
      consumers.map((id) => ({ 'Fn::GetAtt': [id, 'ConsumerARN'] })),
    );
    expect(consumers).toHaveLength(2);
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: Date.UTC(2026, 0, 31, 11) / 1000,
    });
  });

  it('keeps its logical id when the fan-out changes, so that CloudFormation replaces it', () => {
    const shared = drain({});
    const enhanced = drain({ fanOut: 'enhanced', replayFrom: '2026-01-31T12:00:00Z' });

    const idOf = (of: typeof shared) => Object.keys(of.ofType('AWS::Lambda::EventSourceMapping'));
    expect(idOf(enhanced)).toEqual(idOf(shared));
  });
});

describe('the stream', () => {
  it('is one encrypted provisioned shard that keeps records for a day', () => {
    everything.template.hasResourceProperties('AWS::Kinesis::Stream', {
      ShardCount: 1,
      RetentionPeriodHours: 24,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
      StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
    });
  });

  it('takes shards and retention, or is on-demand', () => {
    const wide = drain({ stream: { shards: 4, retentionHours: 72 } });
    const onDemand = drain({ stream: { mode: 'on-demand' } });

    wide.template.hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: 4, RetentionPeriodHours: 72 });
    onDemand.template.hasResourceProperties('AWS::Kinesis::Stream', {
      ShardCount: Match.absent(),
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    });
  });

  it('is not made where an existing one is named', () => {
    const arn = 'arn:aws:kinesis:eu-west-1:111122223333:stream/lines';
    const { template } = drain({ stream: { arn } });

    template.resourceCountIs('AWS::Kinesis::Stream', 0);
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', { EventSourceArn: arn });
  });

  it('is encrypted with a rotating key of the account for producers of other accounts, who may only write', () => {
    const { template } = drain({ producerAccounts: ['111122223333'], stream: { encryption: 'customer' } });
    const root = {
      AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:root']] },
    };

    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'kms:GenerateDataKey', Effect: 'Allow', Principal: root }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::Kinesis::ResourcePolicy', {
      ResourcePolicy: {
        Statement: [
          {
            Action: ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecords'],
            Effect: 'Allow',
            Principal: root,
            Resource: Match.anyValue(),
          },
        ],
      },
    });
  });
});

describe('fan-out', () => {
  it.each([
    [
      ALL,
      new RegExp(
        `^${ALL.length} destinations share .*${(2 / ALL.length).toFixed(2)} MiB/s\\. ` +
          `They also poll ${ALL.length} times .*\\. Set fanOut to enhanced.*\\$10\\.95 a month`,
      ),
    ],
    [ALL.slice(0, 3), /^3 destinations share .*0\.67 MiB\/s\. Add shards, or set fanOut to enhanced/],
  ])(
    'says at synth that shared reads of %j cannot keep up, and what enhanced fan-out costs',
    (destinations, expected) => {
      expect(drain({ destinations }).warnings).toEqual([expect.stringMatching(expected)]);
    },
  );

  it.each([
    ['two destinations share the reads', { destinations: ['datadog', 'cloudwatch'] }],
    [
      'each destination has reads of its own',
      { destinations: ALL, fanOut: 'enhanced', replayFrom: '2026-01-31T12:00:00Z' },
    ],
  ])('says nothing while %s', (_when, context) => {
    expect(drain(context).warnings).toEqual([]);
  });
});

describe('the parking bucket', () => {
  it('is encrypted, private, reached by TLS only, and forgets after its days', () => {
    const { template } = drain({ parkingDays: 7 });

    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 7, Status: 'Enabled' })] },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });

  it.each([
    ['retain', 'Retain'],
    ['destroy', 'Delete'],
  ])('and the stream follow the removal policy %s', (removalPolicy, expected) => {
    const { ofType } = drain({ removalPolicy });

    for (const type of ['AWS::S3::Bucket', 'AWS::Kinesis::Stream']) {
      expect(Object.values(ofType(type)).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual([expected]);
    }
  });
});

describe('redrive', () => {
  it('is scheduled for each destination by itself, and may run as long as a function may', () => {
    const { template, ofType } = drain({ destinations: ['datadog', 'splunk'], redriveEveryMinutes: 15 });

    for (const id of ['datadog', 'splunk']) {
      template.hasResourceProperties('AWS::Events::Rule', {
        ScheduleExpression: 'rate(15 minutes)',
        State: 'ENABLED',
        Targets: [Match.objectLike({ Input: JSON.stringify({ destination: id }) })],
      });
    }
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Sends again what could not be delivered',
      Timeout: 900,
    });
    expect(Object.keys(ofType('AWS::Events::Rule'))).toHaveLength(2);
  });

  it('knows the bucket and the function of each destination', () => {
    const { template, ofType } = drain({ destinations: ['datadog', 'splunk'], redriveMaxObjects: 50 });
    const [datadog, splunk] = Object.keys(ofType('AWS::Lambda::Function'));

    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Sends again what could not be delivered',
      Environment: {
        Variables: {
          PARKING_BUCKET: { Ref: Object.keys(ofType('AWS::S3::Bucket'))[0] },
          POWERTOOLS_SERVICE_NAME: 'log-drain',
          REDRIVE_MAX_OBJECTS: '50',
          DESTINATION_FUNCTIONS: {
            'Fn::Join': [
              '',
              [
                '{"datadog":"',
                { 'Fn::GetAtt': [datadog, 'Arn'] },
                '","splunk":"',
                { 'Fn::GetAtt': [splunk, 'Arn'] },
                '"}',
              ],
            ],
          },
        },
      },
    });
  });

  it('is not repeated by Lambda when it fails, since the next run comes anyway', () => {
    everything.template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  it('reserves no concurrency, nor does any function', () => {
    const reserved = everything.template.findResources('AWS::Lambda::Function', {
      Properties: { ReservedConcurrentExecutions: Match.anyValue() },
    });

    expect(reserved).toEqual({});
  });
});
