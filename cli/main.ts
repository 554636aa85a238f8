import { CommanderError } from 'commander';
import { EnvironmentError } from '../shared/base/environment-error.ts';
import { trimmedWords } from '../shared/base/variables.ts';
import { VERSION } from '../shared/base/version.ts';
import { ownEnvironment, silenceSdkAdvice, trimOwnEnvironment } from '../shared/settings/environment.ts';
import { CommandProblem, UsageProblem } from './base/errors.ts';
import { shortText } from './base/output.ts';
import { type OutputWatch, sayOrNot, watchOutput } from './base/output-watch.ts';
import { createParser, type ParsedLine } from './base/parser.ts';
import { showUsage } from './base/usage.ts';
import { COMMANDS } from './commands.ts';
import { topHelp } from './help.ts';

/**
 * Runs any command but `run` and `ship`, which need a process without libraries; sets the exit code. `program` is the
 * path of our own entry.
 */
export async function runCommand(argv: readonly string[], program: string): Promise<void> {
  const output = watchOutput();
  try {
    if (argv.length === 0) {
      process.exitCode = 2;
      sayOrNot(topHelp());
    } else await parseAndRun(argv, program, output);
  } catch (error) {
    if (!output.takes(error)) throw error;
  }
}

async function parseAndRun(argv: readonly string[], program: string, output: OutputWatch): Promise<void> {
  const onLine = (line: ParsedLine): Promise<void> => runLine(line, program, output);
  const parser = createParser({ commands: COMMANDS, help: topHelp, version: VERSION, onLine });
  try {
    await parser.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version have been printed and are no failure.
    if (error.exitCode === 0) process.exitCode = output.codeOf(0);
    else showUsage(problemOf(error), commandNamed(argv[0]));
  }
}

/** Runs a command and sets the exit code; a problem is told in one line. */
async function runLine(
  { command, run, given, args }: ParsedLine,
  program: string,
  output: OutputWatch,
): Promise<void> {
  const { name, callsAws } = command;
  if (callsAws === true) readyForAws();
  try {
    process.exitCode = output.codeOf(await run({ given, args, env: ownEnvironment(), program }));
  } catch (error) {
    if (error instanceof UsageProblem) showUsage(error.message, name);
    else if (error instanceof EnvironmentError) showUsage(error.message.replace(/\.$/, ''), name);
    else if (output.takes(error)) return;
    else if (error instanceof CommandProblem || isSystemError(error)) {
      process.exitCode = 1;
      sayOrNot(`log-drain ${name}: ${shortText(error.message)}.\n`);
    } else throw error;
  }
}

/** Such as a folder that cannot be written; its message names the call and the path. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}

/** The SDK and our own code find the variables as they were meant. */
function readyForAws(): void {
  const words = trimmedWords(trimOwnEnvironment());
  if (words !== undefined) sayOrNot(`log-drain: ${words}.\n`);
  silenceSdkAdvice();
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
