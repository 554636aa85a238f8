import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Validations } from 'aws-cdk-lib';
import { z } from 'zod';
import { readAppConfig } from '../../cdk/read-config.ts';
import { createStack } from '../../cdk/stack.ts';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import { testApp } from '../cdk/synthesize.ts';

export const REGION = 'eu-central-1';
const ACCOUNT = '000000000000';

/** A function as CloudFormation would make it. */
export interface DeployedFunction {
  readonly arn: string;
  readonly name: string;
  /** The module in the very folder that would be uploaded. */
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

interface DeployedMapping {
  readonly streamArn: string;
  readonly settings: MappingSettings;
  /** Of what is given up. */
  readonly onFailureBucketArn: string;
}

export interface DeployedDestination {
  readonly fn: DeployedFunction;
  readonly mapping: DeployedMapping;
}

/** The stack as CloudFormation would deploy it, every reference resolved. */
export interface Deployment {
  readonly destinations: ReadonlyMap<DestinationId, DeployedDestination>;
  readonly redrive: DeployedFunction;
  /** What each schedule hands to redrive, JSON. */
  readonly scheduleInputs: readonly string[];
  /** The stack's outputs, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

const TEMPLATE = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })),
});
type Template = z.infer<typeof TEMPLATE>;

const FUNCTION = z.object({
  Runtime: z.literal('nodejs24.x'),
  Handler: z.literal('index.handler'),
  Code: z.object({ S3Key: z.string().regex(/^[0-9a-f]+\.zip$/) }),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
  Timeout: z.number(),
  MemorySize: z.number(),
});

const MAPPING = z.object({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  BatchSize: z.number(),
  MaximumBatchingWindowInSeconds: z.number(),
  ParallelizationFactor: z.number(),
  MaximumRetryAttempts: z.number(),
  MaximumRecordAgeInSeconds: z.number(),
  BisectBatchOnFunctionError: z.boolean(),
  FunctionResponseTypes: z.array(z.string()),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }),
});

const RULE = z.object({
  Targets: z.tuple([z.object({ Arn: z.string(), Input: z.string() })]),
});

const INTRINSIC = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => ({ kind: 'ref', id: Ref }) as const),
  z
    .object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) })
    .transform((value) => ({ kind: 'arn', id: value['Fn::GetAtt'][0] }) as const),
  z
    .object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) })
    .transform((value) => ({ kind: 'join', by: value['Fn::Join'][0], parts: value['Fn::Join'][1] }) as const),
]);

/** Names as short and as plain as every service allows; CloudFormation's have a random end. */
const nameOf = (logicalId: string): string => logicalId.toLowerCase();

const ARN_BEGINNINGS: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:`,
  'AWS::Kinesis::Stream': `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/`,
  'AWS::S3::Bucket': 'arn:aws:s3:::',
};

/** What CloudFormation would put in a value's place; values of other shapes stay as they are. */
function resolve(value: unknown, resources: Template['Resources']): unknown {
  const { data: intrinsic } = INTRINSIC.safeParse(value);
  if (intrinsic?.kind === 'ref') return nameOf(intrinsic.id);
  if (intrinsic?.kind === 'arn') {
    return `${ARN_BEGINNINGS[resources[intrinsic.id]?.Type ?? ''] ?? 'arn:'}${nameOf(intrinsic.id)}`;
  }
  if (intrinsic?.kind === 'join') {
    return intrinsic.parts.map((part) => String(resolve(part, resources))).join(intrinsic.by);
  }
  if (Array.isArray(value)) return value.map((one) => resolve(one, resources));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one, resources)]));
}

function functionOf([logicalId, properties]: readonly [string, unknown], assembly: string): DeployedFunction {
  const { Code, Environment, Timeout, MemorySize } = FUNCTION.parse(properties);
  return {
    arn: `${ARN_BEGINNINGS['AWS::Lambda::Function']}${nameOf(logicalId)}`,
    name: nameOf(logicalId),
    bundle: join(assembly, `asset.${Code.S3Key.replace('.zip', '')}`, 'index.mjs'),
    env: Environment.Variables,
    timeoutMs: Timeout * 1000,
    memoryMb: MemorySize,
  };
}

function mappingOf(properties: unknown): DeployedMapping & { readonly functionName: string } {
  const raw = MAPPING.parse(properties);
  return {
    functionName: raw.FunctionName,
    streamArn: raw.EventSourceArn,
    onFailureBucketArn: raw.DestinationConfig.OnFailure.Destination,
    settings: {
      batchSize: raw.BatchSize,
      maximumBatchingWindowInSeconds: raw.MaximumBatchingWindowInSeconds,
      parallelizationFactor: raw.ParallelizationFactor,
      maximumRetryAttempts: raw.MaximumRetryAttempts,
      maximumRecordAgeInSeconds: raw.MaximumRecordAgeInSeconds,
      bisectBatchOnFunctionError: raw.BisectBatchOnFunctionError,
      reportBatchItemFailures: raw.FunctionResponseTypes.includes('ReportBatchItemFailures'),
      startingPosition: { type: raw.StartingPosition },
    },
  };
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the template has no ${what}`);
  return value;
}

function readDeployment(template: Template, assembly: string): Deployment {
  const { Resources, Outputs } = template;
  const ofType = (type: string): readonly (readonly [string, unknown])[] =>
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === type)
      .map(([logicalId, { Properties }]) => [logicalId, resolve(Properties, Resources)]);
  const functions = ofType('AWS::Lambda::Function').map((one) => functionOf(one, assembly));
  const mappings = ofType('AWS::Lambda::EventSourceMapping').map(([, one]) => mappingOf(one));
  const outputs = z
    .record(z.string(), z.string())
    .parse(
      Object.fromEntries(
        Object.entries(Outputs).map(([name, { Value }]) => [name, resolve(Value, Resources)]),
      ),
    );
  const names: unknown = JSON.parse(outputs['DestinationFunctions'] ?? '');
  const nameById = z.record(z.string(), z.string()).parse(names);
  const redrive = found(
    functions.find(({ name }) => name === outputs['RedriveFunctionName']),
    'redrive function',
  );
  const rules = ofType('AWS::Events::Rule').map(([, one]) => RULE.parse(one).Targets[0]);
  return {
    redrive,
    outputs,
    scheduleInputs: rules.flatMap(({ Arn, Input }) => (Arn === redrive.arn ? [Input] : [])),
    destinations: new Map(
      MANIFESTS.map(({ id }) => [
        id,
        {
          fn: found(
            functions.find(({ name }) => name === nameById[id]),
            `function of ${id}`,
          ),
          mapping: found(
            mappings.find(({ functionName }) => functionName === nameById[id]),
            `mapping of ${id}`,
          ),
        },
      ]),
    ),
  };
}

/** Synthesizes the repository's own stack with all destinations into `outdir`, from the built functions, and reads it. */
export function synthesizeDeployment(outdir: string): Deployment {
  // The template is validated where the app itself is tested: that takes most of a synthesis.
  const app = testApp(outdir, { builtinCloudFormationValidation: false });
  const config = readAppConfig({}, 'all');
  const assetRoot = fileURLToPath(new URL('../../dist/lambdas', import.meta.url));
  const stack = createStack(app, { config, assetRoot });
  // What it says of so many destinations is asserted elsewhere.
  Validations.of(stack).acknowledge({ id: 'agent-log-drain:shared-fan-out', reason: 'asserted by a test' });
  const { directory } = app.synth();
  const template = readFileSync(join(directory, `${stack.stackName}.template.json`), 'utf8');
  return readDeployment(TEMPLATE.parse(JSON.parse(template)), directory);
}
