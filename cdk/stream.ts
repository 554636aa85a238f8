import { Arn, ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccountPrincipal, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IStream, Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { DEFAULT_RETENTION_HOURS, type DrainConfig } from './config.ts';

/** What the shipper calls: put records, and look at the stream as `doctor` does. */
const PRODUCER_ACTIONS = ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecords'];

function createKey(
  scope: Construct,
  { stream, producerAccounts, removalPolicy }: DrainConfig,
): IKey | undefined {
  if (stream.keyArn !== undefined) return Key.fromKeyArn(scope, 'StreamKey', stream.keyArn);
  if (stream.encryption !== 'customer') return undefined;
  const key = new Key(scope, 'StreamKey', {
    description: 'Encrypts the lines of agents on their way to the drains',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy[removalPolicy === 'retain' ? 'RETAIN' : 'DESTROY'],
  });
  if (producerAccounts.length > 0) {
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: producerAccounts.map((account) => new AccountPrincipal(account)),
        actions: ['kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'kms:ViaService': `kinesis.${Stack.of(scope).region}.amazonaws.com` } },
      }),
    );
  }
  return key;
}

/** The stream that agents' lines go through: a new one, or the one whose ARN is configured. */
export function createStream(scope: Construct, config: DrainConfig): IStream {
  const { arn, mode, shards, retentionHours } = config.stream;
  const key = createKey(scope, config);
  if (arn !== undefined) {
    return Stream.fromStreamAttributes(scope, 'Stream', {
      streamArn: arn,
      ...(key === undefined ? {} : { encryptionKey: key }),
    });
  }
  const stream = new Stream(scope, 'Stream', {
    retentionPeriod: Duration.hours(retentionHours ?? DEFAULT_RETENTION_HOURS),
    removalPolicy: RemovalPolicy[config.removalPolicy === 'retain' ? 'RETAIN' : 'DESTROY'],
    ...(mode === 'on-demand'
      ? { streamMode: StreamMode.ON_DEMAND }
      : { streamMode: StreamMode.PROVISIONED, shardCount: shards ?? 1 }),
    ...(key === undefined
      ? { encryption: StreamEncryption.MANAGED }
      : { encryption: StreamEncryption.KMS, encryptionKey: key }),
  });
  if (key !== undefined) {
    const reason =
      'A key of the account is asked for: the one that AWS manages cannot be used by other accounts.';
    Validations.of(stream).acknowledge({ id: 'AwsSolutions-KDS3', reason });
  }
  if (config.producerAccounts.length > 0) {
    stream.addToResourcePolicy(
      new PolicyStatement({
        principals: config.producerAccounts.map((account) => new AccountPrincipal(account)),
        actions: PRODUCER_ACTIONS,
        resources: [stream.streamArn],
      }),
    );
  }
  return stream;
}

/** What an agent's task role or instance profile needs, and no more. */
export function createProducerPolicy(scope: Construct, stream: IStream): ManagedPolicy {
  const statements = [new PolicyStatement({ actions: PRODUCER_ACTIONS, resources: [stream.streamArn] })];
  if (stream.encryptionKey !== undefined) {
    const { keyArn } = stream.encryptionKey;
    statements.push(new PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [keyArn] }));
  }
  return new ManagedPolicy(scope, 'ProducerPolicy', {
    description: 'Lets agents put their lines into the stream of the log drain',
    statements,
  });
}

/** Whose account a stream's metrics are in, where its ARN says so. */
export function accountOf(scope: Construct, config: DrainConfig): string | undefined {
  const { arn } = config.stream;
  if (arn === undefined || Stack.of(scope).resolve(arn) !== arn) return undefined;
  return Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME).account;
}
