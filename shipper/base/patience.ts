import type { Clock, Timer } from '../../shared/base/clock.ts';

/** How long whoever writes may be made to wait for one who has no room. */
export interface Patience {
  /**
   * Begins to wait. `onSpent` is called, at once or later, when the waiting has to end although there is still no
   * room. The returned function says that there is room; after it `onSpent` is not called any more.
   */
  readonly wait: (onSpent: () => void) => () => void;
}

/** Waits for ever. */
export const ENDLESS: Patience = { wait: () => () => {} };

/** Never waits. */
export const NONE: Patience = {
  wait: (onSpent) => {
    onSpent();
    return () => {};
  },
};

/** A patience that can take a wait back. */
export interface Budget {
  /** As `Patience` has it; a wait that ends as `free` is not charged, unless another one was charged meanwhile. */
  readonly wait: (onSpent: () => void) => (end?: 'free') => void;
}

/** The time in which no more than the budget is waited. */
const WINDOW_MS = 10_000;
/** A shorter pause makes no room; it would only be the next one's. */
const MIN_WAIT_MS = 50;

/**
 * Waits for others, such as the network, at most `maxMs` in any ten seconds. Whoever waits at the same time waits
 * together, so the sum holds for all who share the budget.
 */
export function createBudget(maxMs: number, clock: Pick<Clock, 'monotonic' | 'after'>): Budget {
  const waiters = new Set<() => void>();
  /** Pauses that a window may still hold. */
  let past: readonly (readonly [from: number, to: number])[] = [];
  let sinceMs = 0;
  let isCharged = false;
  let timer: Timer | undefined;

  const leftMs = (): number => {
    const start = clock.monotonic() - WINDOW_MS;
    past = past.filter(([, to]) => to > start);
    return past.reduce((left, [from, to]) => left - (to - Math.max(from, start)), maxMs);
  };

  const stop = (): void => {
    timer?.cancel();
    timer = undefined;
    if (isCharged) past = [...past, [sinceMs, clock.monotonic()]];
  };

  const spend = (): void => {
    isCharged = true;
    stop();
    const spent = [...waiters];
    waiters.clear();
    for (const onSpent of spent) onSpent();
  };

  return {
    wait: (onSpent) => {
      if (timer === undefined) {
        const ms = leftMs();
        if (ms < Math.min(MIN_WAIT_MS, maxMs) || maxMs === 0) return NONE.wait(onSpent);
        sinceMs = clock.monotonic();
        isCharged = false;
        timer = clock.after(ms, spend);
      }
      // A function of its own for each waiter, even if two pass the same one.
      const waiter = (): void => onSpent();
      waiters.add(waiter);
      return (end) => {
        if (!waiters.delete(waiter)) return;
        isCharged ||= end !== 'free';
        if (waiters.size === 0) stop();
      };
    },
  };
}

const READER_LOOK_MS = 100;
/** Ten MiB a second: whoever takes that much is at work, and is waited for as behind any pipe. */
const WORKING_READER_BYTES_PER_MS = (10 * 1024 * 1024) / 1_000;

/**
 * Waits for a reader within a budget, which is not charged for the time in which the reader is at work.
 * @param takenBytes what it has taken so far
 */
export function createReaderPatience(
  takenBytes: () => number,
  budget: Budget,
  clock: Pick<Clock, 'monotonic' | 'every'>,
): Patience {
  return {
    wait: (onSpent) => {
      let last = { ms: clock.monotonic(), bytes: takenBytes() };
      const isWorking = (): boolean => {
        // A look that comes late, on a busy machine, says nothing about the reader.
        const ms = Math.min(clock.monotonic() - last.ms, READER_LOOK_MS);
        return takenBytes() - last.bytes >= ms * WORKING_READER_BYTES_PER_MS;
      };
      const spend = (): void => {
        timer.cancel();
        onSpent();
      };
      const timer = clock.every(READER_LOOK_MS, () => {
        const wasWorking = isWorking();
        last = { ms: clock.monotonic(), bytes: takenBytes() };
        if (!wasWorking) return;
        endWait('free');
        endWait = budget.wait(spend);
      });
      let endWait = budget.wait(spend);
      return () => {
        timer.cancel();
        endWait(isWorking() ? 'free' : undefined);
      };
    },
  };
}

const LOOK_EVERY_MS = 1_000;
const MAX_IDLE_LOOKS = 5;

/**
 * Waits for our own work for as long as it gets on: `done` grows with each piece of it. Work that stands still for
 * five seconds, such as a write to a disk that hangs, is not waited for. Time in which this process is stopped does not
 * count.
 */
export function createWorkPatience(done: () => number, clock: Pick<Clock, 'every'>): Patience {
  return {
    wait: (onSpent) => {
      let before = done();
      let idleLooks = 0;
      const timer = clock.every(LOOK_EVERY_MS, () => {
        idleLooks = done() === before ? idleLooks + 1 : 0;
        before = done();
        if (idleLooks < MAX_IDLE_LOOKS) return;
        timer.cancel();
        onSpent();
      });
      return timer.cancel;
    },
  };
}

/** Where whoever writes may find no room. */
export interface Gate {
  /** Tells whether there is room at present. */
  readonly setFull: (full: boolean) => void;
  /** Whoever writes has to wait. */
  readonly isWaiting: () => boolean;
  /** There is no room and no patience left, so something has to be dropped. */
  readonly isSpent: () => boolean;
}

/** A gate that makes writers wait as long as the patience lasts; `onSpent` is called each time that it is spent. */
export function createGate(patience: Patience, onSpent: () => void): Gate {
  let state: 'open' | 'waiting' | 'spent' = 'open';
  let endWait = (): void => {};
  return {
    setFull: (full) => {
      if (!full) {
        if (state === 'waiting') endWait();
        state = 'open';
      } else if (state === 'open') {
        state = 'waiting';
        endWait = patience.wait(() => {
          state = 'spent';
          onSpent();
        });
      }
    },
    isWaiting: () => state === 'waiting',
    isSpent: () => state === 'spent',
  };
}
