import type { Timer } from '../../shared/base/clock.ts';
import type { Random } from './random.ts';

/** Simulated time: tasks run when they are due, each with all that its promises lead to, and nothing runs in between. */
export interface Timeline {
  /** Ms since the beginning, with fractions. */
  readonly now: () => number;
  /** Runs the task in `ms`. Of tasks that are due at the same moment, chance decides which goes first. */
  readonly after: (ms: number, task: () => void) => Timer;
  /** Lets time pass until `endMs`. Rejects with what a task throws. */
  readonly run: (endMs: number) => Promise<void>;
  /** Tasks that have run. */
  readonly steps: () => number;
}

interface Task {
  readonly atMs: number;
  readonly tieBreak: number;
  run: (() => void) | undefined;
}

/** Real input is looked at after so many tasks: a signal ends the program. */
const BREATHE_EVERY = 20_000;

function isBefore(one: Task, other: Task): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.tieBreak < other.tieBreak);
}

/** A binary heap; cancelled tasks stay in it until their time has come. */
function createHeap() {
  const tasks: Task[] = [];

  function push(task: Task): void {
    let at = tasks.length;
    tasks.push(task);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = tasks[up] as Task;
      if (isBefore(parent, task)) break;
      tasks[at] = parent;
      at = up;
    }
    tasks[at] = task;
  }

  function pop(): Task | undefined {
    const [first] = tasks;
    const last = tasks.pop();
    if (first === undefined || last === undefined || tasks.length === 0) return first;
    let at = 0;
    for (let down = 1; down < tasks.length; down = 2 * at + 1) {
      const [left, right] = [tasks[down] as Task, tasks[down + 1]];
      const isRight = right !== undefined && isBefore(right, left);
      const least = isRight ? right : left;
      if (isBefore(last, least)) break;
      tasks[at] = least;
      at = isRight ? down + 1 : down;
    }
    tasks[at] = last;
    return first;
  }

  return { push, pop, first: () => tasks[0] };
}

/**
 * Runs one task, then what it has put into the queue of microtasks until that is empty, then the next. A callback of
 * `process.nextTick` that is asked for by a microtask runs when the queue of microtasks is empty, which is all that is
 * needed: a turn of the event loop for each task would take ten times as long.
 */
export function createTimeline(random: Random): Timeline {
  const heap = createHeap();
  let nowMs = 0;
  let steps = 0;

  function takeDue(endMs: number): Task | undefined {
    for (let first = heap.first(); first !== undefined && first.atMs <= endMs; first = heap.first()) {
      heap.pop();
      if (first.run !== undefined) return first;
    }
    return undefined;
  }

  function run(endMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        const task = takeDue(endMs);
        if (task?.run === undefined) {
          nowMs = endMs;
          resolve();
          return;
        }
        nowMs = task.atMs;
        steps += 1;
        try {
          task.run();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        if (steps % BREATHE_EVERY === 0) setImmediate(step);
        else queueMicrotask(() => process.nextTick(step));
      };
      step();
    });
  }

  return {
    now: () => nowMs,
    after: (ms, begin) => {
      const task: Task = { atMs: nowMs + Math.max(0, ms), tieBreak: random.next(), run: begin };
      heap.push(task);
      return {
        cancel: () => {
          task.run = undefined;
        },
        unref: () => undefined,
      };
    },
    run,
    steps: () => steps,
  };
}
