import type { Clock, Timer } from './clock.ts';

export interface TimeLimit {
  readonly clock: Pick<Clock, 'after'>;
  /** Of a limit that has passed already, 0 or less. */
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
  const timer = clock.after(Math.max(0, Math.ceil(ms)), expire);
  outer?.addEventListener('abort', passOn);
  if (outer?.aborted === true) passOn();
  try {
    return await work(controller.signal, expire);
  } finally {
    timer.cancel();
    outer?.removeEventListener('abort', passOn);
  }
}

export interface FirmTimeLimit<T> extends TimeLimit {
  /** How long the work may still take once its signal has aborted, ms. */
  readonly graceMs: number;
  /** What holds then; what the work comes to later is nobody's. */
  readonly otherwise: T;
}

/** The same for work that may not heed its signal: it is not waited for any longer than this. */
export async function withinFirmTime<T>(
  { graceMs, otherwise, ...limit }: FirmTimeLimit<T>,
  work: (signal: AbortSignal, expire: () => void) => Promise<T>,
): Promise<T> {
  return withinTime(limit, async (signal, expire) => {
    let timer: Timer | undefined;
    let giveUp = (): void => undefined;
    const givenUp = new Promise<T>((resolve) => {
      giveUp = () => {
        timer = limit.clock.after(graceMs, () => resolve(otherwise));
      };
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) giveUp();
    });
    try {
      return await Promise.race([work(signal, expire), givenUp]);
    } finally {
      timer?.cancel();
      signal.removeEventListener('abort', giveUp);
    }
  });
}
