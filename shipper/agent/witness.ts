import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../../shared/base/clock.ts';
import { hasSignalPending } from '../base/proc.ts';

/** Tells a signal that was sent to all processes of our group from one that was sent to us alone. */
export interface Witness {
  /** After a signal that ends a process: whether the whole group got it; undefined if nobody can tell. */
  readonly wasSentToAll: () => Promise<boolean | undefined>;
  readonly end: () => void;
}

/**
 * Who signals one process after the other, such as a supervisor that goes through a control group, takes a moment, and
 * so does timeout(1), which signals its child before the group.
 */
const SETTLE_MS = 200;

/** Without a core file, which SIGQUIT would leave. It ends with us, when its stdin does. */
const IDLE_SCRIPT = 'ulimit -c 0; read line';

/**
 * Starts a process that does nothing, in our group. A signal that was sent to it too has ended it, or waits for it: the
 * system knows that at once, however busy the machine is. Then another one takes its place.
 */
export function startWitness(clock: Pick<Clock, 'after' | 'sleep'>): Witness {
  let ended = false;
  let deaths = 0;

  const start = (): ChildProcess | undefined => {
    const child = spawnIdle();
    child?.once('exit', (_, signal) => {
      // One that ends by itself would do so again.
      if (signal === null || ended) return;
      current = start();
      deaths += 1;
      clock.after(SETTLE_MS, () => (deaths -= 1)).unref();
    });
    return child;
  };
  let current = start();

  return {
    wasSentToAll: async () => {
      const child = current;
      // We may hear of its end before we hear of the signal; and several that are sent to all at once, SIGTERM and SIGHUP
      // for one, end one witness. By a timer, which never goes off between what has come in the meantime.
      if (deaths > 0) return true;
      await clock.sleep(SETTLE_MS);
      return child === undefined ? undefined : wasSignalled(child);
    },
    end: () => {
      ended = true;
      current?.kill('SIGKILL');
    },
  };
}

function spawnIdle(): ChildProcess | undefined {
  try {
    const child = spawn('/bin/sh', ['-c', IDLE_SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], env: {} });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    child.unref();
    return child;
  } catch {
    // No process or descriptor is left.
    return undefined;
  }
}

function wasSignalled({ pid, exitCode, signalCode }: ChildProcess): boolean | undefined {
  if (signalCode !== null) return true;
  return pid === undefined || exitCode !== null ? undefined : (hasSignalPending(pid) ?? false);
}
