import { setImmediate as settle } from 'node:timers/promises';
import type { Clock, Timer } from '../../../shared/base/clock.ts';

/** A clock whose time passes only when the test says so. */
export interface SimulatedClock extends Clock {
  /** Lets `ms` pass: runs what falls due in order, and after each task what its promises had to do. */
  readonly advance: (ms: number) => Promise<void>;
  /** In how many ms each timer falls due, the next one first. */
  readonly pendingMs: () => readonly number[];
  /** Lets time pass until the next timer falls due, if there is one. */
  readonly advanceToNext: () => Promise<void>;
  /** Time has passed, and nothing ran meanwhile. */
  readonly jump: (ms: number) => void;
}

interface Task {
  dueMs: number;
  readonly run: () => void;
  readonly everyMs?: number;
}

/** Begins at `startMs`, in epoch ms. `random` gives its random numbers, 0.5 by default. */
export function createSimulatedClock({
  startMs = 0,
  random = () => 0.5,
}: {
  readonly startMs?: number;
  readonly random?: () => number;
} = {}): SimulatedClock {
  const tasks = new Set<Task>();
  let nowMs = startMs;

  const inOrder = (): readonly Task[] => [...tasks].sort((one, other) => one.dueMs - other.dueMs);

  const add = (task: Task): Timer => {
    tasks.add(task);
    return { cancel: () => void tasks.delete(task), unref: () => {} };
  };

  const advance = async (ms: number): Promise<void> => {
    const endMs = nowMs + ms;
    await settle();
    for (let [task] = inOrder(); task !== undefined && task.dueMs <= endMs; [task] = inOrder()) {
      nowMs = Math.max(nowMs, task.dueMs);
      if (task.everyMs === undefined) tasks.delete(task);
      else task.dueMs += task.everyMs;
      task.run();
      await settle();
    }
    nowMs = endMs;
  };

  return {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    random,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const timer = add({ dueMs: nowMs + ms, run: resolve });
        signal?.addEventListener('abort', () => {
          timer.cancel();
          resolve();
        });
      }),
    after: (ms, task) => add({ dueMs: nowMs + ms, run: task }),
    every: (ms, task) => add({ dueMs: nowMs + ms, run: task, everyMs: ms }),
    advance,
    pendingMs: () => inOrder().map(({ dueMs }) => dueMs - nowMs),
    advanceToNext: async () => {
      const [next] = inOrder();
      if (next !== undefined) await advance(Math.max(0, next.dueMs - nowMs));
    },
    jump: (ms) => {
      nowMs += ms;
    },
  };
}
