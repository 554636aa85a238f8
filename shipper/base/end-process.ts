import { existsSync } from 'node:fs';

const SHELL = '/bin/sh';

/** Since Node 22.15; nodejs.org/api/process.html#processexecvefile-args-env */
interface Replaceable {
  readonly execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;
}

/**
 * Ends the process. `process.exit` waits for V8's own threads, and if one of them waits for a garbage collection by
 * the main thread just then, it does so for ever, and with us the container of an agent that has ended:
 * github.com/nodejs/node/issues/54918, seen in Node 24 at two of 420 ends at full speed. A program that takes our
 * place waits for no thread. Where Node or the system has none, there is that risk.
 */
export function endProcess(code: number): never {
  if (existsSync(SHELL)) (process as Replaceable).execve?.(SHELL, ['sh', '-c', `exit ${code}`], {});
  process.exit(code);
}
