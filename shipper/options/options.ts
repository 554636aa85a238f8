import type { ParseArgsConfig } from 'node:util';
import {
  type GivenOptions,
  type Options,
  type OptionValues,
  readOptions,
} from '../../shared/base/options.ts';
import { agentCommand } from './agent-command.ts';
import { RUN_OPTIONS, SHIP_OPTIONS } from './declarations.ts';
import type { Environment } from './identity.ts';

export type ShipperCommand = 'run' | 'ship';

/** What the command line and the environment say; identities and stream are not looked at yet. */
export type ShipperOptions = OptionValues<typeof RUN_OPTIONS> & {
  /** The agent's command, empty for `ship`. */
  readonly command: readonly string[];
};

export type ParsedOptions =
  | {
      readonly kind: 'options';
      readonly options: ShipperOptions;
      /** The stream was named on the command line, and not by a variable. */
      readonly streamIsGiven: boolean;
      /** What is wrong with variables in whose place the default is taken. */
      readonly passedOver: readonly string[];
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly problem: string };

/** What `run` alone decides: `ship` has no agent. */
const WITHOUT_AGENT = { tee: false, whenTeeFull: 'drop', agentEnv: true, graceMs: 0 } as const;

/** Reads `[options] -- command args…` for `run`, `[options]` for `ship`; the first problem ends it. */
export function parseShipperOptions(
  command: ShipperCommand,
  argv: readonly string[],
  env: Environment,
): ParsedOptions {
  const agent = agentCommand(argv);
  const separator = argv.indexOf('--');
  const own = separator === -1 ? argv : argv.slice(0, separator);
  const { given, wantsHelp, problem } = readArguments(command, own);
  if (wantsHelp) return { kind: 'help' };
  if (problem !== undefined) return usage(problem);
  const read =
    command === 'run' ? readOptions(RUN_OPTIONS, given, env) : readOptions(SHIP_OPTIONS, given, env);
  if (read.kind === 'problem') return usage(read.problem);
  const mismatch = problemTogether(command, agent, given);
  if (mismatch !== undefined) return usage(mismatch);
  return {
    kind: 'options',
    options: { ...WITHOUT_AGENT, ...read.values, command: agent },
    streamIsGiven: given['stream'] !== undefined,
    passedOver: read.passedOver,
  };
}

/** What is wrong with the parts together, each of them being good. */
function problemTogether(
  command: ShipperCommand,
  agent: readonly string[],
  given: GivenOptions,
): string | undefined {
  if (command === 'run' && agent.length === 0) return 'no command: put it after --';
  if (command === 'ship' && agent.length > 0) return 'ship takes no command, it reads stdin';
  const needsSpool = given['spoolBytes'] !== undefined && given['spool'] === undefined;
  return needsSpool ? '--spool-bytes needs --spool' : undefined;
}

function usage(problem: string): ParsedOptions {
  return { kind: 'usage', problem };
}

interface Arguments {
  readonly given: GivenOptions;
  readonly wantsHelp: boolean;
  /** The first, undefined if there is none. */
  readonly problem: string | undefined;
}

type KnownOptions = NonNullable<ParseArgsConfig['options']>;
type OptionToken = Extract<ReturnType<typeof tokenize>[number], { readonly kind: 'option' }>;

function readArguments(command: ShipperCommand, argv: readonly string[]): Arguments {
  const { known, names } = knownOptions(command === 'run' ? RUN_OPTIONS : SHIP_OPTIONS);
  const given: Record<string, string | true> = {};
  let wantsHelp = false;
  let problem: string | undefined;
  for (const token of tokenize(argv, known)) {
    if (token.kind === 'positional') {
      problem ??= `unexpected "${token.value}"${command === 'run' ? ': the command goes after --' : ''}`;
    } else if (token.kind === 'option') {
      const wrong = problemWith(token, known);
      problem ??= wrong;
      if (wrong !== undefined) continue;
      const name = names.get(token.name);
      if (name === undefined) wantsHelp = true;
      else given[name] = token.value ?? true;
    }
  }
  return { given, wantsHelp, problem };
}

/** For Node's parser, which knows an option by its flag without the dashes; `names` has ours by these. */
function knownOptions(options: Options): {
  readonly known: KnownOptions;
  readonly names: ReadonlyMap<string, string>;
} {
  const known: KnownOptions = { help: { type: 'boolean', short: 'h' } };
  const names = new Map<string, string>();
  for (const [name, { flag, value }] of Object.entries(options)) {
    const bare = flag.slice(2);
    known[bare] = { type: value === undefined ? 'boolean' : 'string' };
    names.set(bare, name);
  }
  return { known, names };
}

function tokenize(argv: readonly string[], known: KnownOptions) {
  // To import it reads all of its exports, and with Node 24 one of them makes our stderr non-blocking.
  const { parseArgs } = process.getBuiltinModule('node:util');
  return parseArgs({ args: [...argv], options: known, strict: false, tokens: true }).tokens;
}

function problemWith({ name, rawName, value }: OptionToken, known: KnownOptions): string | undefined {
  const type = known[name]?.type;
  if (type === undefined) return `unknown option ${rawName}`;
  if (type === 'string' && (value === undefined || value === '')) return `${rawName} needs a value`;
  if (type === 'boolean' && value !== undefined) return `${rawName} takes no value`;
  return undefined;
}
