import { shortText } from '../base/output.ts';
import { RUN_HELP } from './run.ts';
import { SHIP_HELP } from './ship.ts';

/** Prints the help of a command. */
export function showHelp(command: 'run' | 'ship'): void {
  process.stdout.write(command === 'run' ? RUN_HELP : SHIP_HELP);
}

/** Says in one line what was wrong with the command line, or what it lacks, and ends with code 2. */
export function showUsage(problem: string, command?: string): void {
  const help = command === undefined ? 'log-drain --help' : `log-drain ${command} --help`;
  process.stderr.write(`log-drain: ${shortText(problem)}. Try '${help}'.\n`);
  process.exitCode = 2;
}
