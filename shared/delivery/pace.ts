import type { Io } from './io.ts';
import { createLru } from './lru.ts';

/** Spaces out the starts of requests to one endpoint. */
export type Pace = (endpoint: string) => Promise<void>;

export function createPace(startsPerSecond: number | undefined, io: Io): Pace {
  if (startsPerSecond === undefined) return async () => undefined;
  const gapMs = 1000 / startsPerSecond;
  const nextStartMs = createLru<number>({ maxEntries: 1_000, maxAgeMs: 60_000, now: io.now });
  return async (endpoint) => {
    const startMs = Math.max(io.now(), nextStartMs.get(endpoint) ?? 0);
    nextStartMs.set(endpoint, startMs + gapMs);
    const waitMs = startMs - io.now();
    if (waitMs > 0) await io.sleep(waitMs);
  };
}
