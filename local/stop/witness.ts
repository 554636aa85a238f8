import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** Tells a signal that was sent to all processes of our group from one that was sent to us alone. */
export interface SignalWitness {
  /** After a signal that ends a process: whether the whole group got it; undefined if nobody can tell. */
  readonly wasSentToAll: () => Promise<boolean | undefined>;
  readonly end: () => void;
}

/** Supervisors that signal one process after the other take a moment. */
const SETTLE_MS = 50;

/**
 * Starts `cat` in our group. What ends a process ends it too; where it still answers, it was not sent the signal, since
 * a signal that waits for a process comes before anything that it does.
 */
export function startWitness(): SignalWitness {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise<boolean | undefined>((resolve) => {
    child.once('exit', (_, signal) => resolve(signal === null ? undefined : true));
    child.once('error', () => resolve(undefined));
  });
  // It is gone, which `gone` tells.
  child.stdin.on('error', () => undefined);
  child.unref();
  return {
    wasSentToAll: async () => {
      await wait(SETTLE_MS);
      const answered = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(false)));
      child.stdin.write('?');
      return Promise.race([gone, answered]);
    },
    end: () => {
      child.kill('SIGKILL');
    },
  };
}
