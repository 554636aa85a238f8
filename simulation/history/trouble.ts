/** Troubles of one agent's: its service, its settings, its own doing. Everybody else is to notice little of them. */
export const AGENT_TROUBLES = [
  /** 401: the account is refused. */
  'refused',
  /** 429, with a time to come back. */
  'throttled',
  /** 503. */
  'failing',
  /** Takes nothing and never answers. */
  'hanging',
  /** Takes 2 to 8 s for each answer. */
  'slow',
  /** No connection comes about. */
  'unreachable',
  /** 413 above a part of what we would send. */
  'small-requests',
  /** 400 for any request with a bad line in it, and the agent writes some. */
  'bad-lines',
  /** Names the bad lines and takes the others. */
  'named-bad-lines',
  /** 200 with a page of somebody else. */
  'foreign-page',
  /** Takes the lines, but its answer does not arrive. */
  'half-open',
  /** The name server of its service's name does not answer. */
  'name-silent',
  /** It fails, at once or after seconds. */
  'name-failing',
  'secret-absent',
  'secret-deleted',
  'secret-garbled',
  'secret-denied',
  /** The service takes the new token only, and the secret gets it when the trouble ends. */
  'token-rotated',
  /** Writes hundreds of lines a second. */
  'flood',
  /** The shipper ends and starts again, many times. */
  'restarts',
] as const;

/** Troubles of what all share. */
export const SHARED_TROUBLES = [
  'service-down',
  's3-silent',
  's3-failing',
  /** Does what it is asked for, and its answer does not arrive. */
  's3-forgetful',
  'secrets-silent',
  'secrets-failing',
  /** Invocations end in the middle: memory, a signal, a bug. */
  'crashes',
  /** Invocations stand still until their time is over. */
  'stuck',
  /** What an invocation reports does not arrive. */
  'reports-lost',
  'function-throttled',
  /** Each invocation may get any container, or a new one. */
  'churn',
  'kinesis-throttled',
  'kinesis-down',
  'kinesis-forgetful',
  'sender-crashes',
  'redrive-crashes',
  /** All containers are replaced. */
  'deployment',
  /** A shard is split, or two are merged. */
  'reshard',
] as const;

export type AgentTrouble = (typeof AGENT_TROUBLES)[number];
export type SharedTrouble = (typeof SHARED_TROUBLES)[number];

/** One trouble of a history. */
export interface Trouble {
  readonly kind: AgentTrouble | SharedTrouble;
  /** Ms since the beginning. */
  readonly fromMs: number;
  /** Infinity: it does not end. */
  readonly toMs: number;
  /** Whose it is; undefined: everybody's. */
  readonly agent: string | undefined;
  /** How bad it is, in [0, 1): what that means is the kind's own affair. */
  readonly degree: number;
}

const OF_AGENTS: ReadonlySet<string> = new Set(AGENT_TROUBLES);

export function isOfAgent({ kind }: Trouble): boolean {
  return OF_AGENTS.has(kind);
}

/** The agent's settings change with it, which functions notice later: they keep what they have read. */
export function isOfSettings({ kind }: Trouble): boolean {
  return kind.startsWith('secret-') || kind === 'token-rotated';
}
