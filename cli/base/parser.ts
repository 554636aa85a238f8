import { Command as Commander, Option } from 'commander';
import type { GivenOptions, OptionSpec } from '../../shared/base/options.ts';
import type { Command, Form } from './command.ts';
import { helpOf } from './help.ts';
import { showUsage } from './usage.ts';

/** A command line that a form takes, its options not read yet. */
export interface ParsedLine {
  readonly command: Command;
  readonly run: NonNullable<Form['run']>;
  readonly given: GivenOptions;
  readonly args: readonly string[];
}

type OnLine = (line: ParsedLine) => Promise<void>;

export interface ParserSpec {
  readonly commands: readonly Command[];
  readonly help: () => string;
  readonly version: string;
  readonly onLine: OnLine;
}

/** A parser of command lines, made of the commands' declarations. It throws a CommanderError for what they do not say. */
export function createParser({ commands, help, version, onLine }: ParserSpec): Commander {
  // A subcommand inherits the settings that its parent has by then.
  const parser = withHelp(new Commander('log-drain'), help)
    .version(version)
    .helpCommand(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  for (const command of commands) addCommand(parser, command, onLine);
  return parser;
}

function withHelp(target: Commander, help: () => string): Commander {
  target.helpInformation = help;
  return target.allowExcessArguments(false);
}

function addCommand(parser: Commander, command: Command, onLine: OnLine): void {
  const help = (): string => helpOf(command);
  const target = withHelp(parser.command(command.name), help);
  const names = command.forms.map(({ subcommand }) => subcommand).filter((name) => name !== undefined);
  if (names.length > 0) refuseOtherNames(target, names);
  for (const form of command.forms) {
    const { run, subcommand } = form;
    if (run === undefined) continue;
    const own = subcommand === undefined ? target : withHelp(target.command(subcommand), help);
    addForm(own, form, (line) => onLine({ command, run, ...line }));
  }
}

function refuseOtherNames(target: Commander, names: readonly string[]): void {
  target.argument('[subcommand]').action((given: string | undefined) => {
    const what = given === undefined ? 'needs a subcommand' : `has no subcommand "${given}"`;
    const choice = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
    showUsage(`${target.name()} ${what}: ${choice}`, target.name());
  });
}

function addForm(
  target: Commander,
  { argument, takesProgram, options }: Form,
  onLine: (line: Pick<ParsedLine, 'given' | 'args'>) => Promise<void>,
): void {
  if (argument !== undefined) target.argument(argument);
  if (takesProgram === true) target.argument('[command...]');
  const known = Object.entries(options).map(([name, spec]) => [name, optionOf(spec)] as const);
  for (const [, option] of known) target.addOption(option);
  target.action(() => {
    const given = known
      .map(([name, option]) => [name, option.attributeName()] as const)
      .filter(([, attribute]) => target.getOptionValueSource(attribute) === 'cli')
      .map(([name, attribute]) => [name, givenValue(target.getOptionValue(attribute))] as const);
    return onLine({ given: Object.fromEntries(given), args: target.args });
  });
}

function optionOf({ flag, value, repeatable }: OptionSpec): Option {
  if (value === undefined) return new Option(flag);
  const option = new Option(`${flag} <${value.toLowerCase()}>`);
  if (repeatable === true) {
    option.argParser((text, earlier: readonly string[] | undefined) => [...(earlier ?? []), text]);
  }
  return option;
}

/** A switch that is given is true for us; for commander `--no-x` makes a false `x`. */
function givenValue(value: unknown): GivenOptions[string] {
  return typeof value === 'boolean' ? true : (value as string | readonly string[]);
}
