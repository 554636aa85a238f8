import type { AcceptedEvent } from '../../receivers/kit/receiver.ts';

/** Which of the numbered lines of each agent were accepted. */
export interface Numbers {
  readonly onAccepted: (id: string, event: AcceptedEvent) => void;
  /** Lines accepted, copies left out. */
  readonly count: () => number;
  /** Of an agent's lines 0 to `count`, not included, those that were not. */
  readonly missing: (worker: string, count: number) => readonly number[];
}

const NUMBERED = /"message":"\S+ \S+ (\d+)"/;

export function createNumbers(): Numbers {
  const seen = new Map<string, Set<number>>();
  let count = 0;
  return {
    onAccepted: (_, { worker, text }) => {
      const number = NUMBERED.exec(text)?.[1];
      if (number === undefined) return;
      const own = seen.get(worker) ?? new Set();
      seen.set(worker, own);
      if (own.has(Number(number))) return;
      own.add(Number(number));
      count += 1;
    },
    count: () => count,
    missing: (worker, total) =>
      Array.from({ length: total }, (_, n) => n).filter((n) => seen.get(worker)?.has(n) !== true),
  };
}
