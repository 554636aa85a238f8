import { readSwitch, trimmedVariables, trimmedWords } from '../../shared/base/variables.ts';
import type { StreamAddress } from '../protocol/messages.ts';
import { agentCommand } from './agent-command.ts';
import { type Environment, type Found, findAgentId, findWorkerId } from './identity.ts';
import { parseShipperOptions, type ShipperCommand, type ShipperOptions } from './options.ts';
import { parseStreamAddress } from './stream-address.ts';

/** What `run` or `ship` is to do. */
export type Settings =
  | {
      readonly kind: 'send';
      readonly options: ShipperOptions;
      readonly agentId: string;
      readonly workerId: string;
      readonly stream: StreamAddress;
      /** What we read of the environment; the agent gets it as it is. */
      readonly env: NodeJS.ProcessEnv;
      /** What was made good or passed over, a line each. */
      readonly notes: readonly string[];
    }
  /** Nothing is sent: the command, none for `ship`, is to run as if we were not there. */
  | {
      readonly kind: 'without-us';
      readonly command: readonly string[];
      /** One line on why, where nobody asked for it. */
      readonly note?: string;
    }
  | { readonly kind: 'help' }
  /** Bad usage, and one line on how to correct it. */
  | { readonly kind: 'usage'; readonly problem: string };

export interface SettingsSources {
  readonly command: ShipperCommand;
  /** What follows the command on the command line. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly hostname: string;
  readonly randomSuffix: () => string;
  /** Undefined: there is no such file. */
  readonly readText: (path: string) => string | undefined;
}

type Given = Extract<ReturnType<typeof parseShipperOptions>, { readonly kind: 'options' }>;

/**
 * Reads all that decides what is to be done. A wrong command line is bad usage. A wrong variable never keeps an agent
 * from running: what has one reading is made good, an option gets its default, and without a stream or an agent id that
 * can be read nothing is sent.
 */
export function readSettings(sources: SettingsSources): Settings {
  const { command, argv } = sources;
  const { env, changed } = trimmedVariables(sources.env);
  const agent = agentCommand(argv);
  const off = readSwitch(env, 'LOG_DRAIN_OFF');
  const parsed = parseShipperOptions(command, argv, env);
  if (parsed.kind === 'help') return parsed;
  if (off.on && (command === 'ship' || agent.length > 0)) return { kind: 'without-us', command: agent };
  if (parsed.kind === 'usage') return parsed;
  const optional = readSwitch(env, 'LOG_DRAIN_OPTIONAL');
  const passedOver = parsed.passedOver.map((problem) => `${problem}: the default is taken`);
  const notes = [trimmedWords(changed), ...passedOver];
  const switches = { isOptional: optional.on, switchNotes: [off.note, optional.note] };
  return target(parsed, { ...sources, ...switches, env, notes });
}

interface TargetSources extends SettingsSources {
  readonly env: NodeJS.ProcessEnv;
  readonly isOptional: boolean;
  readonly switchNotes: readonly (string | undefined)[];
  readonly notes: readonly (string | undefined)[];
}

function target({ options, streamIsGiven }: Given, sources: TargetSources): Settings {
  const { env, isOptional, hostname, randomSuffix } = sources;
  const stream = findStream(options.stream, streamIsGiven);
  const isMissing = stream.kind === 'problem' && stream.place === 'nowhere';
  if (isMissing && isOptional) return { kind: 'without-us', command: options.command };
  const agent = findAgentId({
    option: options.agentId,
    env,
    readToml: () => sources.readText(options.config),
  });
  const worker = findWorkerId({ option: options.workerId, env, hostname, randomSuffix });
  if (agent.kind === 'problem' || worker.kind === 'problem' || stream.kind === 'problem') {
    return without([agent, worker, stream], options.command, sources);
  }
  const notes = [...sources.notes, ...sources.switchNotes, agent.note, worker.note].filter(
    (note) => note !== undefined,
  );
  return {
    kind: 'send',
    options,
    agentId: agent.value,
    workerId: worker.value,
    stream: stream.value,
    env,
    notes,
  };
}

function findStream(text: string | undefined, isGiven: boolean): Found<StreamAddress> {
  if (text === undefined || text === '') {
    const problem = 'no Kinesis stream: set --stream or LOG_DRAIN_STREAM to its name or ARN';
    return { kind: 'problem', problem, place: 'nowhere' };
  }
  const value = parseStreamAddress(text);
  if (value !== undefined) return { kind: 'found', value };
  const problem = `${isGiven ? `"${text}"` : 'LOG_DRAIN_STREAM'} is neither the name nor the ARN of a Kinesis stream`;
  return { kind: 'problem', problem, place: isGiven ? 'flag' : 'elsewhere' };
}

/** What is to be done where something is missing or wrong: what the command line lacks is told before what others set. */
function without(
  found: readonly Found<unknown>[],
  command: readonly string[],
  { isOptional, switchNotes }: Pick<TargetSources, 'isOptional' | 'switchNotes'>,
): Settings {
  const problems = found.filter((one) => one.kind === 'problem');
  const worst = (['flag', 'nowhere', 'elsewhere'] as const)
    .map((place) => problems.find((one) => one.place === place))
    .find((one) => one !== undefined);
  const { place = 'flag' } = worst ?? {};
  // It may be why nothing was left out.
  const problem = [...switchNotes, worst?.problem].filter((one) => one !== undefined).join('; ');
  const mayRun = (place === 'nowhere' && isOptional) || (place === 'elsewhere' && command.length > 0);
  if (!mayRun) return { kind: 'usage', problem };
  return { kind: 'without-us', command, note: `${problem}; until that is set right, nothing is sent` };
}
