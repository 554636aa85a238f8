import { existsSync } from 'node:fs';

const SHELL = '/bin/sh';

/** Since Node 22.15; nodejs.org/api/process.html#processexecvefile-args-env */
interface Replaceable {
  readonly execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;
}

/**
 * Ends the process. `process.exit` waits for V8's own threads. If one of them waits for a garbage collection by the
 * main thread at that moment, the process never ends, and neither does the container of an agent that has ended:
 * github.com/nodejs/node/issues/54918, seen in Node 24 at two of 420 exits at full speed. Replacing the process by a
 * shell waits for no thread. Where Node has no `execve` or the system no shell, the risk remains.
 */
export function endProcess(code: number): never {
  if (existsSync(SHELL)) (process as Replaceable).execve?.(SHELL, ['sh', '-c', `exit ${code}`], {});
  process.exit(code);
}
