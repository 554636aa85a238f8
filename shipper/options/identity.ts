import { cleanWorkerId, isAgentId, isWorkerId, MAX_AGENT_ID_LENGTH } from '../../shared/record/ids.ts';
import { agentIdFromToml } from './livekit-toml.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A value, or one line on what is wrong and how to fix it. */
export type Found<T> =
  | {
      readonly kind: 'found';
      readonly value: T;
      /** One line on what was made good or passed over. */
      readonly note?: string;
    }
  | {
      readonly kind: 'problem';
      readonly problem: string;
      /** Given on the command line, in a variable or a file, or nowhere. */
      readonly place: 'flag' | 'elsewhere' | 'nowhere';
    };

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
  if (option !== undefined) return idFrom('--agent-id', option);
  for (const source of AGENT_ID_SOURCES) {
    const id = (source === 'livekit.toml' ? agentIdFromToml(readToml() ?? '') : env[source])?.trim() ?? '';
    if (id === '') continue;
    return source === 'AGENT_ID' ? genericAgentId(id) : idFrom(source, id);
  }
  return missingAgentId('');
}

function idFrom(source: string, id: string): Found<string> {
  if (isAgentId(id)) return { kind: 'found', value: id };
  return {
    kind: 'problem',
    problem:
      `${source} is no agent id: up to 128 letters, digits, "_", "." and "-", not beginning with "." or "-", ` +
      'not "default"',
    place: source.startsWith('--') ? 'flag' : 'elsewhere',
  };
}

const NOT_OF_AGENT_ID = /[^A-Za-z0-9_.-]/gu;

/** Others set AGENT_ID too, for purposes of their own, so what it holds is made an id if anything of it can be one. */
function genericAgentId(text: string): Found<string> {
  const id = text.replace(NOT_OF_AGENT_ID, '_').replace(/^[.-]/, '_').slice(0, MAX_AGENT_ID_LENGTH);
  if (id === text && isAgentId(id)) return { kind: 'found', value: id };
  if (!/[A-Za-z0-9]/.test(id) || !isAgentId(id)) return missingAgentId(' (AGENT_ID holds none)');
  return { kind: 'found', value: id, note: `AGENT_ID is no agent id: lines are sent as those of ${id}` };
}

function missingAgentId(but: string): Found<string> {
  const problem = `no agent id${but}: set --agent-id or LOG_DRAIN_AGENT_ID, or have livekit.toml here`;
  return { kind: 'problem', problem, place: 'nowhere' };
}

export interface WorkerIdSources {
  /** `--worker-id`. */
  readonly option: string | undefined;
  readonly env: Environment;
  readonly hostname: string;
  /** Makes the host's name unique: two replicas may run on one host. */
  readonly randomSuffix: () => string;
}

/**
 * The worker's id: as given, or the platform's name for this replica, or made of the host's name. A variable that is none
 * is made one as the functions do with the lines of other producers, so that a worker has the same id everywhere.
 */
export function findWorkerId({ option, env, hostname, randomSuffix }: WorkerIdSources): Found<string> {
  if (option !== undefined) {
    if (isWorkerId(option)) return { kind: 'found', value: option };
    const problem =
      '--worker-id is no worker id: up to 128 printable ASCII characters without space, ":" and "*"';
    return { kind: 'problem', problem, place: 'flag' };
  }
  for (const source of WORKER_ID_SOURCES) {
    const id = env[source]?.trim() ?? '';
    if (id === '') continue;
    const value = cleanWorkerId(id);
    if (value === id) return { kind: 'found', value };
    return { kind: 'found', value, note: `${source} is no worker id: lines are sent as those of ${value}` };
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
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
}
