import { sdkRequestHandler } from '../../shared/http/sdk-handler.ts';
import { readOperatorEnvironment } from '../../shared/settings/environment.ts';
import { callAws } from './aws.ts';
import { CommandProblem } from './errors.ts';

/** As `cdk deploy` names it where nothing else is said. */
const DEFAULT_STACK = 'log-drain';

/** Where the deployment is, by flags; what is missing comes from the environment, then from the stack's outputs. */
export interface Place {
  readonly stack?: string | undefined;
  readonly bucket?: string | undefined;
  readonly function?: string | undefined;
}

export interface Stack {
  readonly name: string;
  readonly arn: string;
  /** CREATE_COMPLETE, UPDATE_ROLLBACK_COMPLETE, … */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Reads a stack and its outputs from CloudFormation. */
export async function readStack(place: Place): Promise<Stack> {
  const name = place.stack ?? readOperatorEnvironment().stack ?? DEFAULT_STACK;
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({
    requestHandler: sdkRequestHandler({ service: 'cloudformation', region: undefined, timeoutMs: 10_000 }),
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

/** The parking bucket's name. */
export async function bucketOf(place: Place): Promise<string> {
  const named = place.bucket ?? readOperatorEnvironment().bucket;
  return named ?? outputOf(await readStack(place), 'ParkingBucketName');
}

/** The redrive function's name or ARN. */
export async function redriveFunctionOf(place: Place): Promise<string> {
  const named = place.function ?? readOperatorEnvironment().redriveFunction;
  return named ?? outputOf(await readStack(place), 'RedriveFunctionName');
}
