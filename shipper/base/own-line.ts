import { writeSync } from 'node:fs';

/** Written as it is, so that nothing of it is left to a process that will be replaced. */
const STDERR_FD = 2;

/**
 * Says `log-drain: text` on stderr at once. Where nothing else of this process writes to it, and `process.stderr` must not
 * be opened, which would change the flags of a pipe that the agent gets.
 */
export function sayOwnLine(text: string): void {
  try {
    writeSync(STDERR_FD, `log-drain: ${text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}\n`);
  } catch {
    // Nobody is there to be told.
  }
}
