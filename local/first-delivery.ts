import type { DestinationId } from '../lambdas/registry.ts';
import { allWord } from './view/words.ts';

/** Says once that lines get through to every destination. */
export interface FirstDelivery {
  /** The destination has accepted something that was read at `timeMs` (epoch ms), if that is known. */
  readonly accepted: (id: DestinationId, timeMs: number | undefined) => void;
}

export interface FirstDeliveryOptions {
  readonly ids: readonly DestinationId[];
  readonly say: (text: string) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Starts the watch; if no destination knows times, the time runs from here. */
export function watchFirstDelivery({ ids, say, now }: FirstDeliveryOptions): FirstDelivery {
  const waiting = new Set(ids);
  const startMs = now();
  let firstMs: number | undefined;
  return {
    accepted: (id, timeMs) => {
      if (!waiting.delete(id)) return;
      if (timeMs !== undefined) firstMs = Math.min(timeMs, firstMs ?? timeMs);
      if (waiting.size > 0) return;
      const seconds = Math.max(0, now() - (firstMs ?? startMs)) / 1_000;
      say(`first line delivered to ${allWord(ids)} after ${seconds.toFixed(1)} s`);
    },
  };
}
