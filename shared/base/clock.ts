/** A task that is to run later. */
export interface Timer {
  /** Nothing happens where the task has run already. */
  readonly cancel: () => void;
  /** The process may end before the task has run. */
  readonly unref: () => void;
}

/**
 * Time, randomness and waiting, for all code that can run in simulated time. Only the roots that put a program together
 * pass `systemClock`; a linter rule keeps the globals out of the rest.
 */
export interface Clock {
  /** Epoch ms, as the machine's clock has it. */
  readonly now: () => number;
  /** Ms since some moment: for durations, since it never runs backwards. */
  readonly monotonic: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Resolves after so long, or at once when the signal aborts. Never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Runs the task once, in `ms`. */
  readonly after: (ms: number, task: () => void) => Timer;
  /** Runs the task each `ms`, the first time in `ms`. */
  readonly every: (ms: number, task: () => void) => Timer;
}

/** The machine's own. */
export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
    }),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return { cancel: () => clearTimeout(timer), unref: () => void timer.unref() };
  },
  every: (ms, task) => {
    const timer = setInterval(task, ms);
    return { cancel: () => clearInterval(timer), unref: () => void timer.unref() };
  },
};
