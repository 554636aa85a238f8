import type { Clock } from '../../shared/base/clock.ts';
import { createLru } from '../../shared/base/lru.ts';
import type { DestinationClient } from '../../shared/destination/contract.ts';

/** Waits until a drain's next request may start, which is spaced out from others to the same endpoint. */
export type RateLimiter = (drain: Pick<DestinationClient, 'endpoint' | 'startsPerSecond'>) => Promise<void>;

export function createRateLimiter(io: Clock): RateLimiter {
  const nextStartMs = createLru<number>({ maxEntries: 1_000, maxAgeMs: 60_000, now: io.now });
  return async ({ endpoint, startsPerSecond }) => {
    if (startsPerSecond === undefined) return;
    const startMs = Math.max(io.now(), nextStartMs.get(endpoint) ?? 0);
    nextStartMs.set(endpoint, startMs + 1000 / startsPerSecond);
    const waitMs = startMs - io.now();
    if (waitMs > 0) await io.sleep(waitMs);
  };
}
