import type { Clock } from '../../../shared/base/clock.ts';

/** Work of one kind, so many pieces of it side by side. */
export interface Lane {
  readonly width: () => number;
  /** Takes the next piece and begins it; undefined if there is none now. Never rejects. */
  readonly begin: () => Promise<void> | undefined;
}

export interface Scheduling {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** When there may be more to do although nothing that runs has ended, epoch ms. */
  readonly nextMs: () => number;
}

/** Works until no lane has anything left to begin and all that was begun has ended. */
export async function workOff(lanes: readonly Lane[], { clock, nextMs }: Scheduling): Promise<void> {
  const running = lanes.map(() => 0);
  let wake = (): void => undefined;

  async function follow(piece: Promise<void>, lane: number): Promise<void> {
    running[lane] = (running[lane] ?? 0) + 1;
    await piece;
    running[lane] = (running[lane] ?? 0) - 1;
    wake();
  }

  function beginAll(): void {
    for (const [i, { width, begin }] of lanes.entries()) {
      while ((running[i] ?? 0) < width()) {
        const piece = begin();
        if (piece === undefined) break;
        void follow(piece, i);
      }
    }
  }

  for (;;) {
    const change = new Promise<void>((resolve) => {
      wake = resolve;
    });
    beginAll();
    if (running.every((count) => count === 0)) return;
    const waitMs = nextMs() - clock.now();
    const timer = Number.isFinite(waitMs) ? clock.after(Math.max(1_000, waitMs), () => wake()) : undefined;
    await change;
    timer?.cancel();
  }
}
