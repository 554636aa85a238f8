const FIRST_MS = 200;
const CAP_MS = 5_000;

/**
 * Full jitter: anything from 0 to 200 ms · 2^retry, at most 5 s
 * (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
 */
export function backoffMs(retry: number, random: () => number): number {
  return random() * Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(retry, 16));
}
