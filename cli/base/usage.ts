import { shortText } from './output.ts';

/** Says in one line what was wrong with the command line, or what it lacks, and sets the exit code to 2. */
export function showUsage(problem: string, command?: string): void {
  const help = command === undefined ? 'log-drain --help' : `log-drain ${command} --help`;
  process.stderr.write(`log-drain: ${shortText(problem)}. Try '${help}'.\n`);
  process.exitCode = 2;
}
