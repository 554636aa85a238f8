/**
 * Does work under a signal that aborts after `ms`, when `outer` does, or when it is told to expire. `AbortSignal.timeout`
 * and `any` would do the same, but their timers and weak references outlive the work, thousands of them at once.
 */
export async function withinTime<T>(
  ms: number,
  work: (signal: AbortSignal, expire: () => void) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const passOn = (): void => controller.abort(outer?.reason);
  const expire = (): void => controller.abort(new DOMException('out of time', 'TimeoutError'));
  const timer = setTimeout(expire, Math.ceil(ms));
  outer?.addEventListener('abort', passOn);
  if (outer?.aborted === true) passOn();
  try {
    return await work(controller.signal, expire);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', passOn);
  }
}
