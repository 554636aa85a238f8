import { CommanderError } from 'commander';
import { EnvironmentError } from '../shared/base/environment-error.ts';
import { VERSION } from '../shared/base/version.ts';
import { ownEnvironment, silenceSdkAdvice } from '../shared/settings/environment.ts';
import { CommandProblem, UsageProblem } from './base/errors.ts';
import { shortText } from './base/output.ts';
import { createParser, type ParsedLine } from './base/parser.ts';
import { showUsage } from './base/usage.ts';
import { COMMANDS } from './commands.ts';
import { topHelp } from './help.ts';

/**
 * Runs any command but `run` and `ship`, which need a process without libraries; sets the exit code. `program` is the
 * path of our own entry.
 */
export async function runCommand(argv: readonly string[], program: string): Promise<void> {
  if (argv.length === 0) {
    process.stderr.write(topHelp());
    process.exitCode = 2;
    return;
  }
  const onLine = (line: ParsedLine): Promise<void> => runLine(line, program);
  const parser = createParser({ commands: COMMANDS, help: topHelp, version: VERSION, onLine });
  try {
    await parser.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version have been printed and are no failure.
    if (error.exitCode !== 0) showUsage(problemOf(error), commandNamed(argv[0]));
  }
}

/** Runs a command and sets the exit code; a problem is told in one line. */
async function runLine({ command, run, given, args }: ParsedLine, program: string): Promise<void> {
  const { name, callsAws } = command;
  if (callsAws === true) silenceSdkAdvice();
  // A reader that went away (`| head`) is not a failure.
  process.stdout.on('error', () => undefined);
  try {
    process.exitCode = await run({ given, args, env: ownEnvironment(), program });
  } catch (error) {
    if (error instanceof UsageProblem) showUsage(error.message, name);
    else if (error instanceof EnvironmentError) showUsage(error.message.replace(/\.$/, ''), name);
    else if (error instanceof CommandProblem) {
      process.stderr.write(`log-drain ${name}: ${shortText(error.message)}.\n`);
      process.exitCode = 1;
    } else throw error;
  }
}

/** Commander's words without its prefix and closing period. */
function problemOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n+/g, ' ')
    .replace(/\.?\s*$/, '');
}

function commandNamed(name: string | undefined): string | undefined {
  return COMMANDS.find((command) => command.name === name)?.name;
}
