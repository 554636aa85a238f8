import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Environment } from './identity.ts';
import { parseBytes, parseDurationMs } from './quantities.ts';

export type ShipperCommand = 'run' | 'ship';
export type WhenFull = 'drop' | 'block';

/** What the command line and the environment say, identities and stream not looked at yet. */
export interface ShipperOptions {
  /** The agent's command, empty for `ship`. */
  readonly command: readonly string[];
  readonly agentId: string | undefined;
  readonly workerId: string | undefined;
  /** Path of the livekit.toml. */
  readonly config: string;
  readonly stream: string | undefined;
  readonly tee: boolean;
  readonly whenTeeFull: WhenFull;
  /** Sets PYTHONUNBUFFERED for the agent. */
  readonly agentEnv: boolean;
  readonly events: boolean;
  readonly whenFull: WhenFull;
  readonly bufferBytes: number;
  /** Directory for records that Kinesis has not taken. */
  readonly spool: string | undefined;
  readonly spoolBytes: number;
  readonly maxLineBytes: number;
  readonly lingerMs: number;
  readonly drainTimeoutMs: number;
  readonly summaryFile: string | undefined;
  /** Where our own messages go instead of stderr. */
  readonly messagesFile: string | undefined;
}

export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: ShipperOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly problem: string };

const COMMON = {
  'agent-id': { type: 'string' },
  'worker-id': { type: 'string' },
  config: { type: 'string' },
  stream: { type: 'string' },
  'no-events': { type: 'boolean' },
  'when-full': { type: 'string' },
  'buffer-bytes': { type: 'string' },
  spool: { type: 'string' },
  'spool-bytes': { type: 'string' },
  'max-line-bytes': { type: 'string' },
  linger: { type: 'string' },
  'drain-timeout': { type: 'string' },
  'summary-file': { type: 'string' },
  'messages-file': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];
const RUN_ONLY = {
  'no-tee': { type: 'boolean' },
  'when-tee-full': { type: 'string' },
  'no-env': { type: 'boolean' },
} as const;

/** Two largest records are to fit: one in the sender's hands, one waiting. */
const MIN_BUFFER_BYTES = 2 * 1024 * 1024;
const MIN_LINE_BYTES = 1024;
/** With header and partition key a line must fit into a record of 1 MiB even if it cannot be compressed. */
const MAX_LINE_BYTES = 900 * 1024;

/** Collects the first problem while the values are read. */
type Complain = (problem: string) => void;
type Values = ReadonlyMap<string, string | true>;

/** Reads `[options] -- command args…` for `run`, `[options]` for `ship`. */
export function parseShipperOptions(
  command: ShipperCommand,
  argv: readonly string[],
  env: Environment,
): ParsedOptions {
  const separator = argv.indexOf('--');
  const own = separator === -1 ? argv : argv.slice(0, separator);
  const agent = separator === -1 ? [] : argv.slice(separator + 1);
  const problems: string[] = [];
  const values = readValues(command, own, (problem) => problems.push(problem));
  if (values.has('help')) return { kind: 'help' };
  const options = readOptions({ command, agent, values, env }, (problem) => problems.push(problem));
  if (command === 'run' && agent.length === 0) problems.push('no command: put it after --');
  if (command === 'ship' && agent.length > 0) problems.push('ship takes no command, it reads stdin');
  if (values.has('spool-bytes') && !values.has('spool')) problems.push('--spool-bytes needs --spool');
  const [problem] = problems;
  return problem === undefined ? { kind: 'options', options } : { kind: 'usage', problem };
}

type KnownOptions = NonNullable<ParseArgsConfig['options']>;
type OptionToken = Extract<ReturnType<typeof tokenize>[number], { readonly kind: 'option' }>;

function readValues(command: ShipperCommand, argv: readonly string[], complain: Complain): Values {
  const known = command === 'run' ? { ...COMMON, ...RUN_ONLY } : COMMON;
  const values = new Map<string, string | true>();
  for (const token of tokenize(argv, known)) {
    if (token.kind === 'positional') {
      complain(`unexpected "${token.value}"${command === 'run' ? ': the command goes after --' : ''}`);
    } else if (token.kind === 'option') {
      const problem = problemWith(token, known);
      if (problem === undefined) values.set(token.name, token.value ?? true);
      else complain(problem);
    }
  }
  return values;
}

function tokenize(argv: readonly string[], known: KnownOptions) {
  return parseArgs({ args: [...argv], options: known, strict: false, tokens: true }).tokens;
}

function problemWith({ name, rawName, value }: OptionToken, known: KnownOptions): string | undefined {
  const type = known[name]?.type;
  if (type === undefined) return `unknown option ${rawName}`;
  if (type === 'string' && (value === undefined || value === '')) return `${rawName} needs a value`;
  if (type === 'boolean' && value !== undefined) return `${rawName} takes no value`;
  return undefined;
}

interface Given {
  readonly command: ShipperCommand;
  readonly agent: readonly string[];
  readonly values: Values;
  readonly env: Environment;
}

function readOptions({ command, agent, values, env }: Given, complain: Complain): ShipperOptions {
  const text = (name: string): string | undefined => {
    const value = values.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const duration = (name: string, initialMs: number): number => {
    const value = text(name);
    const ms = value === undefined ? initialMs : parseDurationMs(value);
    if (ms === undefined) complain(`--${name} must be a duration as 10, 10s, 500ms or 2m (got "${value}")`);
    return ms ?? initialMs;
  };
  const size = (name: string, initial: number, [min, max]: readonly [number, number]): number => {
    const value = text(name);
    const bytes = value === undefined ? initial : parseBytes(value);
    if (bytes !== undefined && bytes >= min && bytes <= max) return bytes;
    const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min} to ${max}`;
    complain(`--${name} must be ${range} bytes, as 262144, 256KiB or 1MiB (got "${value}")`);
    return initial;
  };
  const whenFull = (name: string, initial: WhenFull): WhenFull => {
    const value = text(name) ?? initial;
    if (value === 'drop' || value === 'block') return value;
    complain(`--${name} must be drop or block (got "${value}")`);
    return initial;
  };
  return {
    command: agent,
    agentId: text('agent-id'),
    workerId: text('worker-id'),
    config: text('config') ?? 'livekit.toml',
    stream: text('stream') ?? env.LOG_DRAIN_STREAM,
    tee: command === 'run' && !values.has('no-tee'),
    whenTeeFull: whenFull('when-tee-full', 'drop'),
    agentEnv: !values.has('no-env'),
    events: !values.has('no-events'),
    whenFull: whenFull('when-full', command === 'run' ? 'drop' : 'block'),
    bufferBytes: size('buffer-bytes', 64 * 1024 * 1024, [MIN_BUFFER_BYTES, Number.MAX_SAFE_INTEGER]),
    spool: text('spool'),
    spoolBytes: size('spool-bytes', 1024 ** 3, [MIN_BUFFER_BYTES, Number.MAX_SAFE_INTEGER]),
    maxLineBytes: size('max-line-bytes', 256 * 1024, [MIN_LINE_BYTES, MAX_LINE_BYTES]),
    lingerMs: duration('linger', 2_000),
    drainTimeoutMs: duration('drain-timeout', 10_000),
    summaryFile: text('summary-file'),
    messagesFile: text('messages-file'),
  };
}
