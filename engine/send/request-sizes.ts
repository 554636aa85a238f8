import { createLru } from '../../shared/base/lru.ts';

/** How large requests to an endpoint may be, where something in between takes less than the service does. */
export interface RequestSizes {
  /** Bytes of a body before it is compressed; Infinity while nothing is known. */
  readonly maxBytesOf: (endpoint: string) => number;
  /** A request of so many bytes was too large: those after it have at most half of that. */
  readonly tooLarge: (endpoint: string, bytes: number) => void;
}

/** A limit is doubled each time that this has passed: it may be gone, and to try costs one request. */
const GROWS_EVERY_MS = 10 * 60_000;

export function createRequestSizes(now: () => number): RequestSizes {
  const limits = createLru<{ readonly bytes: number; readonly sinceMs: number }>({
    maxEntries: 1_000,
    maxAgeMs: 24 * 60 * 60_000,
    now,
  });

  function maxBytesOf(endpoint: string): number {
    const limit = limits.get(endpoint);
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    return limit.bytes * 2 ** Math.floor((now() - limit.sinceMs) / GROWS_EVERY_MS);
  }

  return {
    maxBytesOf,
    tooLarge: (endpoint, bytes) => {
      // Of several that were under way, the others say nothing new.
      const most = Math.min(bytes / 2, maxBytesOf(endpoint));
      limits.set(endpoint, { bytes: most, sinceMs: now() });
    },
  };
}
