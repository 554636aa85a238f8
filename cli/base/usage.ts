import { shortText } from './output.ts';
import { sayOrNot } from './output-watch.ts';

/** Says in one line what was wrong with the command line, or what it lacks, and sets the exit code to 2. */
export function showUsage(problem: string, command?: string): void {
  const help = command === undefined ? 'log-drain --help' : `log-drain ${command} --help`;
  process.exitCode = 2;
  sayOrNot(`log-drain: ${shortText(problem)}. Try '${help}'.\n`);
}
