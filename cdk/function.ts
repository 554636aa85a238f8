import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { DrainConfig } from './config.ts';
import { grant } from './grant.ts';

export interface FunctionOptions {
  readonly config: DrainConfig;
  /** The folder of the built bundle. */
  readonly asset: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface DrainFunction {
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** A function of ours with a role and a log group of its own; the role may write that group and no other. */
export function createFunction(scope: Construct, options: FunctionOptions): DrainFunction {
  const { config, asset, description, timeoutSeconds, environment } = options;
  const logGroup = new LogGroup(scope, 'Logs', {
    retention: config.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  grant(role, {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
    why: 'The function writes its own log group; Lambda names the streams in it.',
  });
  const lambda = new LambdaFunction(scope, 'Function', {
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(asset),
    handler: 'index.handler',
    description,
    timeout: Duration.seconds(timeoutSeconds),
    memorySize: config.memoryMb,
    environment: { ...environment },
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
  });
  if (config.vpc !== undefined) {
    (lambda.node.defaultChild as CfnFunction).vpcConfig = config.vpc;
    grant(role, {
      actions: NETWORK_INTERFACE_ACTIONS,
      resources: ['*'],
      why: 'Lambda attaches the function to the VPC with these; they know no narrower resource (Lambda developer guide).',
    });
  }
  return { lambda, role, logGroup };
}
