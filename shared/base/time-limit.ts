import type { Clock } from './clock.ts';

export interface TimeLimit {
  readonly clock: Pick<Clock, 'after'>;
  readonly ms: number;
  /** Ends the work as well. */
  readonly outer?: AbortSignal | undefined;
}

/**
 * Does work under a signal that aborts after `ms`, when `outer` does, or when it is told to expire. `AbortSignal.timeout`
 * and `any` would do the same, but their timers and weak references outlive the work, thousands of them at once.
 */
export async function withinTime<T>(
  { clock, ms, outer }: TimeLimit,
  work: (signal: AbortSignal, expire: () => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const passOn = (): void => controller.abort(outer?.reason);
  const expire = (): void => controller.abort(new DOMException('out of time', 'TimeoutError'));
  const timer = clock.after(Math.ceil(ms), expire);
  outer?.addEventListener('abort', passOn);
  if (outer?.aborted === true) passOn();
  try {
    return await work(controller.signal, expire);
  } finally {
    timer.cancel();
    outer?.removeEventListener('abort', passOn);
  }
}
