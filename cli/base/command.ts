import {
  type GivenOptions,
  type Options,
  type OptionValues,
  readOptions,
} from '../../shared/base/options.ts';
import { UsageProblem } from './errors.ts';

/** A command: its row in the list of commands, its help, and what runs it. */
export interface Command {
  /** `redrive`, after `log-drain`. */
  readonly name: string;
  /** A few words for the list of commands. */
  readonly summary: string;
  /** One, or one for each subcommand. */
  readonly forms: readonly Form[];
  /** It calls AWS with the credentials of whoever runs it; of `run` and `ship` another process does. */
  readonly callsAws?: true;
  readonly help: HelpText;
}

/** What the help of a command says, beside its options. Paragraphs are wrapped, examples are not. */
export interface HelpText {
  /** What the command does, in one or two sentences. */
  readonly about: string;
  /** Command lines to copy. */
  readonly examples: readonly string[];
  /** Paragraphs before the options … */
  readonly details?: readonly string[];
  /** … and after them. */
  readonly notes?: readonly string[];
  /** `0 done, 1 failed, 2 bad usage`. */
  readonly exitCodes: string;
  /** The page with more about it: `docs/operate.md`. */
  readonly documentation: string;
}

/** One way to call a command. */
export interface Form {
  readonly subcommand?: string;
  /** Its one argument, as the help shows it: `<key>`. */
  readonly argument?: `<${string}>`;
  /** For the help: what follows the options, such as `< record`. */
  readonly after?: string;
  /** Whatever follows the options, or `--`, is another program's command line. */
  readonly takesProgram?: true;
  readonly options: Options;
  /** Absent for `run` and `ship`, which are started before any library is loaded. */
  readonly run?: (call: RawCall) => Promise<number>;
}

/** A command line as it was given. */
export interface RawCall {
  readonly given: GivenOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly args: readonly string[];
  /** Path of our own entry. */
  readonly program: string;
}

/** What a command is run with. */
export interface Call<O extends Options> extends Pick<RawCall, 'args' | 'program'> {
  readonly options: OptionValues<O>;
}

interface FormSpec<O extends Options> extends Omit<Form, 'options' | 'run'> {
  readonly options: O;
  /** Resolves to the exit code. Loads the command's code, so that its declaration costs nothing. */
  readonly start: (call: Call<O>) => Promise<number>;
}

/** A form whose `start` gets its options read; a value that cannot be used is a UsageProblem. */
export function form<O extends Options>({ start, ...spec }: FormSpec<O>): Form {
  const run: Form['run'] = async ({ given, env, args, program }) => {
    const read = readOptions(spec.options, given, env);
    if (read.kind === 'problem') throw new UsageProblem(read.problem);
    const [problem] = read.passedOver;
    if (problem !== undefined) throw new UsageProblem(problem);
    return start({ options: read.values, args, program });
  };
  return { ...spec, run };
}
