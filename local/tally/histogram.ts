/** Below this every value has a bucket of its own; above, every power of two has half as many. */
const EXACT = 64;
const HALF = EXACT / 2;
const BUCKETS = EXACT + 32 * HALF;

/** Durations in whole milliseconds, kept to about 3 % in a fixed room. */
export interface Histogram {
  readonly add: (ms: number) => void;
  /** The smallest recorded value that a share of all (0 to 1) does not exceed, rounded up; 0 without any. */
  readonly quantile: (share: number) => number;
}

function bucketOf(ms: number): number {
  const value = Math.max(0, Math.round(ms));
  if (value < EXACT) return value;
  const shift = Math.floor(Math.log2(value)) - 5;
  return Math.min(EXACT + (shift - 1) * HALF + Math.floor(value / 2 ** shift) - HALF, BUCKETS - 1);
}

function greatestIn(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const shift = Math.floor((bucket - EXACT) / HALF) + 1;
  const place = ((bucket - EXACT) % HALF) + HALF;
  return (place + 1) * 2 ** shift - 1;
}

export function createHistogram(): Histogram {
  const counts = new Float64Array(BUCKETS);
  let total = 0;
  return {
    add: (ms) => {
      const bucket = bucketOf(ms);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      total += 1;
    },
    quantile: (share) => {
      const rank = Math.max(1, Math.ceil(share * total));
      let sum = 0;
      for (const [bucket, count] of counts.entries()) {
        sum += count;
        if (sum >= rank) return greatestIn(bucket);
      }
      return 0;
    },
  };
}
