import type { Clock } from '../../../shared/base/clock.ts';

/** What takes longer than this is waited for. */
const NOTED_AFTER_MS = 500;
/** And longer than this is worth telling. */
const LONG_AFTER_MS = 3_000;

/** Calls `onWaiting` when something has taken half a second, and with `isLong` when it has taken three; until `end`. */
export function watchWait(
  clock: Pick<Clock, 'after'>,
  onWaiting: (isLong: boolean) => void,
): { readonly end: () => void } {
  const timers = [
    clock.after(NOTED_AFTER_MS, () => onWaiting(false)),
    clock.after(LONG_AFTER_MS, () => onWaiting(true)),
  ];
  return {
    end: () => {
      for (const timer of timers) timer.cancel();
    },
  };
}
