/** The signals that ask `local` to end. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Whether and how often `local` was asked to end. */
export interface Stopping {
  /** Resolves when it was asked to. */
  readonly once: Promise<StopSignal>;
  /** Resolves when it was asked to end at once. */
  readonly twice: Promise<void>;
  readonly isStopped: () => boolean;
  readonly isHurried: () => boolean;
}

/**
 * Equal signals that follow each other this closely are one. `npm start` passes each signal on to us, of which a
 * terminal has told us already, and so do other programs between a terminal and us.
 */
const SAME_SIGNAL_MS = 500;

/** Counts signals. */
export function countStops(
  onSignal: (listener: (signal: StopSignal) => void) => void,
  monotonic: () => number,
): Stopping {
  let [first, second]: [StopSignal | undefined, boolean] = [undefined, false];
  let firstMs = 0;
  let resolveOnce: ((signal: StopSignal) => void) | undefined;
  let resolveTwice: (() => void) | undefined;
  const once = new Promise<StopSignal>((resolve) => (resolveOnce = resolve));
  const twice = new Promise<void>((resolve) => (resolveTwice = resolve));
  onSignal((signal) => {
    if (first === undefined) {
      first = signal;
      firstMs = monotonic();
      resolveOnce?.(signal);
    } else if (signal !== first || monotonic() - firstMs > SAME_SIGNAL_MS) {
      second = true;
      resolveTwice?.();
    }
  });
  return { once, twice, isStopped: () => first !== undefined, isHurried: () => second };
}
