import type { Clock } from '../../shared/base/clock.ts';
import { createLru } from '../../shared/base/lru.ts';
import type { DestinationClient } from '../../shared/destination/contract.ts';

/** Spaces out the requests to an endpoint, whichever agents they are of. */
export interface RateLimiter {
  /** Waits until the client's next request may start; false at once if that is after `endsMs`, epoch ms. */
  readonly acquire: (
    client: Pick<DestinationClient, 'endpoint' | 'startsPerSecond'>,
    endsMs: number,
  ) => Promise<boolean>;
}

export function createRateLimiter(clock: Pick<Clock, 'now' | 'sleep'>): RateLimiter {
  const nextStartMs = createLru<number>({ maxEntries: 1_000, maxAgeMs: 60_000, now: clock.now });
  return {
    acquire: async ({ endpoint, startsPerSecond }, endsMs) => {
      if (startsPerSecond === undefined) return true;
      const startMs = Math.max(clock.now(), nextStartMs.get(endpoint) ?? 0);
      if (startMs > endsMs) return false;
      nextStartMs.set(endpoint, startMs + 1000 / startsPerSecond);
      const waitMs = startMs - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs);
      return true;
    },
  };
}
