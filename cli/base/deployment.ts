import { sdkRequestHandler } from '../../shared/http/sdk-handler.ts';
import { callAws } from './aws.ts';
import { CommandProblem } from './errors.ts';

export interface Stack {
  readonly name: string;
  readonly arn: string;
  /** CREATE_COMPLETE, UPDATE_ROLLBACK_COMPLETE, … */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Reads a stack and its outputs from CloudFormation. */
export async function readStack(name: string): Promise<Stack> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({
    requestHandler: sdkRequestHandler(10_000),
  });
  const purpose = { what: `read the stack ${name}`, action: 'cloudformation:DescribeStacks' };
  const { Stacks } = await callAws(purpose, () =>
    client.send(new DescribeStacksCommand({ StackName: name })),
  );
  const [stack] = Stacks ?? [];
  const outputs = Object.fromEntries(
    (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
  return { name, arn: stack?.StackId ?? '', status: stack?.StackStatus ?? 'unknown', outputs };
}

export function outputOf({ name, outputs }: Stack, key: string): string {
  const value = outputs[key];
  if (value === undefined || value === '') {
    throw new CommandProblem(
      `the stack ${name} has no output ${key}: it is another program's, or was deployed by another version. Name ours with --stack`,
    );
  }
  return value;
}

/** The parking bucket's name: as given, else the stack's. */
export async function bucketOf(given: {
  readonly bucket: string | undefined;
  readonly stack: string;
}): Promise<string> {
  return given.bucket ?? outputOf(await readStack(given.stack), 'ParkingBucketName');
}

/** The redrive function's name or ARN: as given, else the stack's. */
export async function redriveFunctionOf(given: {
  readonly function: string | undefined;
  readonly stack: string;
}): Promise<string> {
  return given.function ?? outputOf(await readStack(given.stack), 'RedriveFunctionName');
}
