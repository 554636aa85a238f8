export type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that we read ourselves, beside those of AWS. */
const OURS: ReadonlySet<string> = new Set(
  (
    'LOG_DRAIN_OFF LOG_DRAIN_OPTIONAL LOG_DRAIN_STREAM LOG_DRAIN_AGENT_ID LOG_DRAIN_WORKER_ID ' +
    'LOG_DRAIN_STACK LOG_DRAIN_BUCKET LOG_DRAIN_REDRIVE_FUNCTION LOG_DRAIN_SECRET_PREFIX ' +
    'LIVEKIT_AGENT_ID AGENT_ID WORKER_ID ' +
    'ECS_CONTAINER_METADATA_URI_V4 KUBERNETES_SERVICE_HOST POD_NAME HOSTNAME FLY_MACHINE_ID ' +
    'https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY NODE_EXTRA_CA_CERTS'
  ).split(' '),
);
const OF_AWS = /^(?:LOG_DRAIN_)?AWS_/;

export interface TrimmedVariables {
  /** The same, but what is ours has no white space at its ends; what is nothing else counts as unset. */
  readonly env: NodeJS.ProcessEnv;
  /** Names of those that differ. */
  readonly changed: readonly string[];
}

/**
 * What we read of an environment. A variable made of a file or a secret often ends with a line break: of `echo`, or of
 * an editor on Windows. None of ours may hold white space at its ends. The environment itself stays as it is, since
 * it is the agent's too.
 */
export function trimmedVariables(variables: Variables): TrimmedVariables {
  const env: NodeJS.ProcessEnv = { ...variables };
  const changed: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !(OURS.has(name) || OF_AWS.test(name))) continue;
    const trimmed = value.trim();
    if (trimmed === value) continue;
    changed.push(name);
    if (trimmed === '') delete env[name];
    else env[name] = trimmed;
  }
  return { env, changed };
}

/** One line on variables that were trimmed, without their values; undefined if there are none. */
export function trimmedWords(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return `${names.join(', ')}: white space at the ends of the value is left out; set ${names.length === 1 ? 'it' : 'them'} without`;
}

const ON = new Set(['1', 'true', 'yes', 'on']);
const OFF = new Set(['', '0', 'false', 'no', 'off']);

/** Whether a variable such as `LOG_DRAIN_OFF` switches something on; `note` tells of a value that says neither. */
export function readSwitch(
  env: Variables,
  name: string,
): { readonly on: boolean; readonly note: string | undefined } {
  const value = (env[name] ?? '').trim().toLowerCase();
  const isKnown = ON.has(value) || OFF.has(value);
  return {
    on: ON.has(value),
    note: isKnown ? undefined : `${name} must be 1 or 0, or true or false: it is passed over`,
  };
}
