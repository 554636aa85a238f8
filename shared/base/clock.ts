import { setTimeout as wait } from 'node:timers/promises';

/** The effects that delivery needs, so that tests can hold the clock. */
export interface Io {
  /** Epoch ms. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export const REAL_IO: Io = {
  now: Date.now,
  random: Math.random,
  sleep: (ms) => wait(ms),
};
