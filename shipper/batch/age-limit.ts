import type { Clock, Timer } from '../../shared/base/clock.ts';

/** Has something passed on when it is too old, with one timer at most, however often there is something new. */
export interface AgeLimit {
  /** Its age counts from now on. */
  readonly begin: () => void;
  /** Nothing will be passed on any more, until it begins again. */
  readonly stop: () => void;
}

/** Calls `onOld` when `maxAgeMs` have passed since the last `begin`. */
export function createAgeLimit(
  maxAgeMs: number,
  clock: Pick<Clock, 'monotonic' | 'after'>,
  onOld: () => void,
): AgeLimit {
  let begunMs = 0;
  let timer: Timer | undefined;

  // A timer for each beginning would cost more than the reading of a short line; so one looks again when it falls due.
  const look = (): void => {
    const leftMs = begunMs + maxAgeMs - clock.monotonic();
    // If this process was held up, what was written in time is still in the pipe; it is read before a new timer ends.
    timer = leftMs > 0 ? clock.after(leftMs, look) : clock.after(0, lookAgain);
  };

  const lookAgain = (): void => {
    const isOld = begunMs + maxAgeMs <= clock.monotonic();
    timer = undefined;
    if (isOld) onOld();
    else look();
  };

  return {
    begin: () => {
      begunMs = clock.monotonic();
      timer ??= clock.after(maxAgeMs, look);
    },
    stop: () => {
      timer?.cancel();
      timer = undefined;
    },
  };
}
