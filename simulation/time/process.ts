import type { Clock, Timer } from '../../shared/base/clock.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** 2026-01-15T10:30:00Z, when every simulation begins. */
export const EPOCH_MS = 1_768_473_000_000;

/** Timers are never early, and as late as on a machine that has other things to do. */
const MAX_LATENESS_MS = 2;

/** How long a request takes to get there, and its answer to come back. */
export interface Ways {
  readonly thereMs: number;
  readonly backMs: number;
}

/** Does the deed where and when the request arrives; the promise is settled when the answer has come back. */
export type Call = <T>(ways: Ways, deed: () => T) => Promise<T>;

/** A process: what runs in it stands still while it is frozen, and never goes on once it is dead. */
export interface Process {
  readonly clock: Clock;
  /** Calls that the process makes: what comes back is looked at by the process, if it still runs. */
  readonly call: Call;
  readonly freeze: () => void;
  /** What came due meanwhile runs now. */
  readonly thaw: () => void;
  readonly kill: () => void;
  readonly isDead: () => boolean;
}

/** Whether a process runs, and what waits until it does. */
interface RunState extends Omit<Process, 'clock' | 'call'> {
  readonly whenRunning: (task: () => void) => void;
}

export function createProcess(timeline: Timeline, random: Random): Process {
  const { whenRunning, ...state } = createRunState(timeline);
  const call: Call = ({ thereMs, backMs }, deed) =>
    new Promise((resolve, reject) => {
      timeline.after(thereMs, () => {
        const settle = attempt(deed, resolve, reject);
        timeline.after(backMs, () => whenRunning(settle));
      });
    });
  return { ...state, call, clock: clockOf(timeline, random, whenRunning) };
}

function createRunState(timeline: Timeline): RunState {
  let state: 'runs' | 'frozen' | 'dead' = 'runs';
  let waiting: (() => void)[] = [];

  function whenRunning(task: () => void): void {
    if (state === 'runs') task();
    else if (state === 'frozen') waiting.push(task);
  }

  return {
    whenRunning,
    freeze: () => {
      if (state === 'runs') state = 'frozen';
    },
    thaw: () => {
      if (state !== 'frozen') return;
      state = 'runs';
      const due = waiting;
      waiting = [];
      for (const task of due) timeline.after(0, () => whenRunning(task));
    },
    kill: () => {
      state = 'dead';
      waiting = [];
    },
    isDead: () => state === 'dead',
  };
}

function clockOf(timeline: Timeline, random: Random, whenRunning: RunState['whenRunning']): Clock {
  function after(ms: number, task: () => void): Timer {
    let cancelled = false;
    const run = (): void => {
      if (!cancelled) task();
    };
    const timer = timeline.after(ms + random.next() * MAX_LATENESS_MS, () => whenRunning(run));
    const cancel = (): void => {
      cancelled = true;
      timer.cancel();
    };
    return { cancel, unref: () => undefined };
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const end = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = after(ms, end);
      signal?.addEventListener('abort', end);
    });
  }

  function every(ms: number, task: () => void): Timer {
    let timer = after(ms, function again() {
      timer = after(ms, again);
      task();
    });
    return { cancel: () => timer.cancel(), unref: () => undefined };
  }

  return {
    now: () => EPOCH_MS + Math.floor(timeline.now()),
    monotonic: timeline.now,
    random: random.next,
    sleep,
    after,
    every,
  };
}

function attempt<T>(
  deed: () => T,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const value = deed();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
  }
}
