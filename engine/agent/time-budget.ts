/** Time that an agent may spend on something in one invocation, however many of its requests do so at once. */
export interface TimeBudget {
  /** It runs by the clock from here on, if it does not yet. */
  readonly enter: (sinceMs: number) => void;
  readonly leave: (nowMs: number) => void;
  /** Requests that are at it. */
  readonly entered: () => number;
  /** When it is spent, epoch ms, if it goes on running; of use only while it runs. */
  readonly endsMs: () => number;
}

export function createTimeBudget(ms: number): TimeBudget {
  let leftMs = ms;
  let endsMs = 0;
  let entered = 0;
  return {
    enter: (sinceMs) => {
      if (entered === 0) endsMs = sinceMs + leftMs;
      entered += 1;
    },
    leave: (nowMs) => {
      entered -= 1;
      if (entered === 0) leftMs = Math.max(0, endsMs - nowMs);
    },
    entered: () => entered,
    endsMs: () => endsMs,
  };
}
