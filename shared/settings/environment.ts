import { EnvironmentError } from '../base/environment-error.ts';
import { trimmedVariables } from '../base/variables.ts';
import { CLIENT } from '../base/version.ts';
import type { Network } from '../destination/network.ts';
import { proxyAddress } from '../proxy/proxy-address.ts';
import { type ProxySettings, readProxy } from '../proxy/proxy-for.ts';
import { isNetwork } from './networks.ts';

/** A function's environment, read once per container. */
export interface FunctionEnvironment {
  readonly secretPrefix: string;
  /** Undefined: nothing can be parked, so what would be parked is retried. */
  readonly parkingBucket: string | undefined;
  readonly stallLimitMs: number;
  readonly isolationLimitMs: number;
  /** Metric dimension `Stack`. */
  readonly stackName: string;
  readonly region: string | undefined;
  readonly network: Network;
}

type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_STALL_LIMIT_S = 900;
const DEFAULT_ISOLATION_LIMIT_S = 10;

/** Without white space at its ends; undefined: not set, or empty. */
function textOf(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

function secondsOf(env: Env, name: string, fallback: number): number {
  const text = textOf(env, name);
  if (text === undefined) return fallback;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0) {
    throw new EnvironmentError(`${name} must be a number of seconds (got ${JSON.stringify(text)}).`);
  }
  return seconds;
}

function allowPrivateOf(env: Env): Network['allowPrivate'] {
  const text = textOf(env, 'ALLOW_PRIVATE_DESTINATIONS');
  if (text === undefined || text === '0') return undefined;
  if (text === '1') return 'all';
  const cidrs = text.split(',').map((cidr) => cidr.trim());
  const wrong = cidrs.find((cidr) => !isNetwork(cidr));
  if (wrong === undefined) return cidrs;
  throw new EnvironmentError(
    `ALLOW_PRIVATE_DESTINATIONS must be networks such as 10.20.0.0/16,fd12:3456::/32 (got ${JSON.stringify(wrong)}).`,
  );
}

function rolesOf(env: Env): readonly string[] {
  return (env['ASSUMABLE_ROLES'] ?? '')
    .split(',')
    .map((arn) => arn.trim())
    .filter((arn) => arn !== '');
}

function regionOf(env: Env): string | undefined {
  return textOf(env, 'AWS_REGION') ?? textOf(env, 'AWS_DEFAULT_REGION');
}

/** Whether it can be used is seen at once, and not with the first request. */
function proxyOf(env: Env): ProxySettings {
  const proxy = readProxy(env);
  const { proxyUrl, proxyVariable } = proxy;
  return proxyUrl === undefined ? proxy : { ...proxy, proxyUrl: proxyAddress(proxyUrl, proxyVariable).href };
}

/** How this process may reach the network, by its environment. */
function readNetwork(env: Env = process.env): Network {
  return {
    allowPrivate: allowPrivateOf(env),
    ...proxyOf(env),
    assumableRoles: rolesOf(env),
    client: CLIENT,
  };
}

/** Throws an EnvironmentError that names the variable for a value it cannot use. */
export function readFunctionEnvironment(env: Env = process.env): FunctionEnvironment {
  return {
    secretPrefix: textOf(env, 'SECRET_PREFIX') ?? 'log-drain',
    parkingBucket: textOf(env, 'PARKING_BUCKET'),
    stallLimitMs: secondsOf(env, 'STALL_LIMIT_SECONDS', DEFAULT_STALL_LIMIT_S) * 1000,
    isolationLimitMs: secondsOf(env, 'ISOLATION_LIMIT_SECONDS', DEFAULT_ISOLATION_LIMIT_S) * 1000,
    stackName: textOf(env, 'POWERTOOLS_SERVICE_NAME') ?? 'log-drain',
    region: regionOf(env),
    network: readNetwork(env),
  };
}

/** This process's environment, for what it starts. */
export function ownEnvironment(): Env {
  return process.env;
}

/** Takes white space off the ends of the variables that we read; returns the names of those that had some. */
export function trimOwnEnvironment(): readonly string[] {
  const { env, changed } = trimmedVariables(process.env);
  for (const name of changed) {
    const value = env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  return changed;
}

/** The redrive function's environment. */
export interface RedriveEnvironment {
  readonly parkingBucket: string;
  /** JSON: destination id → function name or ARN. */
  readonly destinationFunctions: string;
  readonly stackName: string;
  readonly region: string | undefined;
  /** Objects in one run; undefined: as many as there is time for. */
  readonly maxObjects: number | undefined;
}

function requiredOf(env: Env, name: string): string {
  const text = textOf(env, name);
  if (text === undefined) throw new EnvironmentError(`${name} is required.`);
  return text;
}

function maxObjectsOf(env: Env): number | undefined {
  const text = textOf(env, 'REDRIVE_MAX_OBJECTS');
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new EnvironmentError(
    `REDRIVE_MAX_OBJECTS must be a whole number from 1 on (got ${JSON.stringify(text)}).`,
  );
}

/** Throws an EnvironmentError that names the variable that is missing or cannot be used. */
export function readRedriveEnvironment(env: Env = process.env): RedriveEnvironment {
  return {
    parkingBucket: requiredOf(env, 'PARKING_BUCKET'),
    destinationFunctions: requiredOf(env, 'DESTINATION_FUNCTIONS'),
    stackName: textOf(env, 'POWERTOOLS_SERVICE_NAME') ?? 'log-drain',
    region: regionOf(env),
    maxObjects: maxObjectsOf(env),
  };
}

/** Keeps the SDK's advice on Node versions out of a command's messages. */
export function silenceSdkAdvice(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}
