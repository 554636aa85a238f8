import { type ChildProcess, spawn } from 'node:child_process';
import type { StartedCommand } from '../launcher/start.ts';

type Fd = number | 'pipe' | 'inherit';
/** Where the command's output goes to. */
export type OutputFds = readonly [stdout: Fd, stderr: Fd];

/** A command that runs, or why it does not. */
export type Attempt =
  | { readonly kind: 'started'; readonly child: ChildProcess }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Starts a command with our stdin. Where it starts, the promise is resolved at once: no signal is dealt with between the
 * start and whatever the caller does then.
 */
export function spawned(
  { file, args, moreStdio }: StartedCommand,
  env: NodeJS.ProcessEnv,
  outputs: OutputFds,
): Promise<Attempt> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void => resolve({ kind: 'failed', error });
    try {
      const child = spawn(file, args, { env, stdio: ['inherit', ...outputs, ...moreStdio] });
      if (child.pid !== undefined) resolve({ kind: 'started', child });
      // After the start it is about a signal that could not be sent, which changes nothing.
      child.on('error', fail);
    } catch (error) {
      // Some come as an event, and others, such as E2BIG and ENOMEM, are thrown.
      fail(error);
    }
  });
}
