import type { Tries } from '../../shared/parking/waiting-object.ts';

const MINUTE_MS = 60_000;
const CAP_MS = 6 * 60 * MINUTE_MS;

export interface TriedOptions {
  readonly before: Tries | undefined;
  /** Some of the object's lines were delivered. */
  readonly progress: boolean;
  readonly nowMs: number;
  readonly random: () => number;
}

/**
 * After a failure: waits anything from a minute to 2^attempt minutes, at most 6 h (full jitter,
 * aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter). Progress begins anew.
 */
export function triedAgain({ before, progress, nowMs, random }: TriedOptions): Tries {
  const attempt = progress ? 1 : (before?.attempt ?? 0) + 1;
  const mostMs = Math.min(CAP_MS, MINUTE_MS * 2 ** Math.min(attempt, 16));
  return { attempt, triedMs: nowMs, nextMs: nowMs + Math.max(MINUTE_MS, Math.round(random() * mostMs)) };
}
