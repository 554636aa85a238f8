import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Clock } from '../../shared/base/clock.ts';
import { isSignalPending } from '../base/proc.ts';
import type { PassedSignal } from './signals.ts';

/** Tells a signal that was sent to all processes of our group from one that was sent to us alone. */
export interface Witness {
  /** After a signal that ends a process: whether the whole group got it; undefined if nobody can tell. */
  readonly wasSentToAll: (signal: PassedSignal) => Promise<boolean | undefined>;
  readonly end: () => void;
}

export interface WitnessOptions {
  /** The agent's. They stand on its command line too, so that `pkill -f` hits it wherever it hits us. */
  readonly words: readonly string[];
  readonly clock: Pick<Clock, 'after' | 'sleep'>;
}

/**
 * Who signals one process after the other, such as a supervisor that goes through a control group, takes a moment, and
 * so does timeout(1), which signals its child before the group.
 */
const SETTLE_MS = 200;

/** Without a core file, which SIGQUIT would leave. It ends with us, when its stdin does. */
const IDLE_SCRIPT = 'ulimit -c 0; read line';

/** systemd sends both at once where it is told to (`SendSIGHUP`); a process ends by the first that it deals with. */
const SENT_TOGETHER: ReadonlySet<string> = new Set(['SIGTERM', 'SIGHUP']);

function provesSignal(endedBy: string, signal: PassedSignal): boolean {
  return endedBy === signal || (SENT_TOGETHER.has(endedBy) && SENT_TOGETHER.has(signal));
}

/**
 * Starts a process that does nothing, in our group. A signal that was sent to it too has ended it, or waits for it: the
 * system knows that at once, however busy the machine is. Then another one takes its place.
 */
export function startWitness({ words, clock }: WitnessOptions): Witness {
  let ended = false;
  /** What has just ended a witness. We may hear of that before we hear of the signal itself. */
  const endedBy: NodeJS.Signals[] = [];

  const start = (): ChildProcess | undefined => {
    const child = spawnIdle(words);
    child?.once('exit', (_, signal) => {
      // One that ends by itself would do so again.
      if (signal === null || ended) return;
      current = start();
      endedBy.push(signal);
      // A timer's turn comes after that of all signals which have arrived by now.
      clock.after(SETTLE_MS, () => endedBy.shift()).unref();
    });
    return child;
  };
  let current = start();

  return {
    wasSentToAll: async (signal) => {
      const child = current;
      if (endedBy.some((one) => provesSignal(one, signal))) return true;
      await clock.sleep(SETTLE_MS);
      return child === undefined ? undefined : wasSignalled(child, signal);
    },
    end: () => {
      ended = true;
      if (current?.pid !== undefined) current.kill('SIGKILL');
    },
  };
}

function spawnIdle(words: readonly string[]): ChildProcess | undefined {
  try {
    const child = spawn('/bin/sh', ['-c', IDLE_SCRIPT, 'sh', ...words], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    child.unref();
    return child;
  } catch {
    // No process or descriptor is left.
    return undefined;
  }
}

function wasSignalled(
  { pid, exitCode, signalCode }: ChildProcess,
  signal: PassedSignal,
): boolean | undefined {
  if (signalCode !== null) return provesSignal(signalCode, signal);
  if (pid === undefined || exitCode !== null) return undefined;
  return isSignalPending(pid, constants.signals[signal]) ?? false;
}
