import { existsSync } from 'node:fs';
import { execveOf } from './execve.ts';

const SHELL = '/bin/sh';

/**
 * Ends the process. `process.exit` waits for V8's own threads. If one of them waits for a garbage collection by the
 * main thread at that moment, the process never ends, and neither does the container of an agent that has ended:
 * github.com/nodejs/node/issues/54918, seen in Node 24 at two of 420 exits at full speed. Replacing the process by a
 * shell waits for no thread. Where Node has no `execve` or the system no shell, the risk remains.
 */
export function endProcess(code: number): never {
  if (existsSync(SHELL)) execveOf(process)?.(SHELL, ['sh', '-c', `exit ${code}`], {});
  process.exit(code);
}
