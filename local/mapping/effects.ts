import { setTimeout } from 'node:timers/promises';

/** Time and chance, so that tests need not wait. */
export interface Clock {
  /** Epoch ms. */
  readonly now: () => number;
  /** Resolves after this long, or at once when the signal aborts; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}

export const REAL_EFFECTS: Clock = {
  now: Date.now,
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
  random: Math.random,
};
