import { cleanWorkerId, isAgentId, isWorkerId } from '../../shared/record/ids.ts';
import { agentIdFromToml } from './livekit-toml.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A value, or one line on what is wrong and how to fix it. */
export type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'problem'; readonly problem: string };

/** Where an agent's id may come from besides `--agent-id`, in this order: a file, and environment variables. */
export const AGENT_ID_SOURCES = [
  'LOG_DRAIN_AGENT_ID',
  'LIVEKIT_AGENT_ID',
  'livekit.toml',
  'AGENT_ID',
] as const;
/** The variables that may hold a worker's id, in this order. */
export const WORKER_ID_SOURCES = ['LOG_DRAIN_WORKER_ID', 'WORKER_ID'] as const;

export interface AgentIdSources {
  /** `--agent-id`. */
  readonly option: string | undefined;
  readonly env: Environment;
  /** Text of livekit.toml, undefined if there is none. */
  readonly readToml: () => string | undefined;
}

/** The agent's id, from the first place that gives one. */
export function findAgentId({ option, env, readToml }: AgentIdSources): Found<string> {
  for (const source of ['--agent-id', ...AGENT_ID_SOURCES] as const) {
    const id =
      source === '--agent-id'
        ? option
        : source === 'livekit.toml'
          ? agentIdFromToml(readToml() ?? '')
          : env[source];
    if (id === undefined || id === '') continue;
    if (isAgentId(id)) return { kind: 'found', value: id };
    return problem(
      `${source} is no agent id: up to 128 letters, digits, "_", "." and "-", not beginning with "." or "-", ` +
        'not "default"',
    );
  }
  return problem('no agent id: set --agent-id or LOG_DRAIN_AGENT_ID, or have livekit.toml here');
}

export interface WorkerIdSources {
  /** `--worker-id`. */
  readonly option: string | undefined;
  readonly env: Environment;
  readonly hostname: string;
  /** Makes the host's name unique: two replicas may run on one host. */
  readonly randomSuffix: () => string;
}

/** The worker's id: as given, or the platform's name for this replica, or made of the host's name. */
export function findWorkerId({ option, env, hostname, randomSuffix }: WorkerIdSources): Found<string> {
  for (const source of ['--worker-id', ...WORKER_ID_SOURCES] as const) {
    const id = source === '--worker-id' ? option : env[source];
    if (id === undefined || id === '') continue;
    if (isWorkerId(id)) return { kind: 'found', value: id };
    return problem(
      `${source} is no worker id: up to 128 printable ASCII characters without space, ":" and "*"`,
    );
  }
  return { kind: 'found', value: cleanWorkerId(platformId(env) ?? `${hostname}-${randomSuffix()}`) };
}

function platformId(env: Environment): string | undefined {
  return ecsTask(env) ?? pod(env) ?? nonEmpty(env.FLY_MACHINE_ID);
}

/** Path is `/v4/<task id>-<container>` on Fargate: docs.aws.amazon.com/AmazonECS, "Task metadata endpoint version 4". */
function ecsTask({ ECS_CONTAINER_METADATA_URI_V4: uri }: Environment): string | undefined {
  const last = nonEmpty(uri?.split('/').at(-1));
  return last?.replace(/^([0-9a-f]{32})-\d+$/, '$1');
}

/** In a pod the host's name is the pod's, unless the pod sets another. */
function pod({
  KUBERNETES_SERVICE_HOST: cluster,
  POD_NAME: name,
  HOSTNAME: hostname,
}: Environment): string | undefined {
  return nonEmpty(name) ?? (nonEmpty(cluster) === undefined ? undefined : nonEmpty(hostname));
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function problem(text: string): { readonly kind: 'problem'; readonly problem: string } {
  return { kind: 'problem', problem: text };
}
