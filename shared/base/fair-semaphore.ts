/** A bounded number of requests at once, handed to owners (agents, secrets) in turn. */
export interface FairSemaphore {
  /** Waits for a slot; the returned function gives it back. */
  readonly acquire: (owner: string) => Promise<() => void>;
  /** One that is held takes long; the returned function takes that back. */
  readonly noteLate: () => () => void;
  /** Half of them are held by those that take long, and somebody waits. */
  readonly isScarce: () => boolean;
}

export function createFairSemaphore(max: number): FairSemaphore {
  let used = 0;
  let late = 0;
  /** Round robin: one that was served goes to the end. */
  const waiting = new Map<string, (() => void)[]>();

  function grantNext(): void {
    const first = waiting.entries().next();
    if (first.done === true || used >= max) return;
    const [owner, queue] = first.value;
    const grant = queue.shift();
    waiting.delete(owner);
    if (queue.length > 0) waiting.set(owner, queue);
    used += 1;
    grant?.();
  }

  function release(): void {
    used -= 1;
    grantNext();
  }

  return {
    acquire: async (owner) => {
      await new Promise<void>((resolve) => {
        const queue = waiting.get(owner) ?? [];
        queue.push(resolve);
        waiting.set(owner, queue);
        grantNext();
      });
      let held = true;
      return () => {
        if (held) release();
        held = false;
      };
    },
    noteLate: () => {
      late += 1;
      return () => {
        late -= 1;
      };
    },
    isScarce: () => waiting.size > 0 && late >= max / 2,
  };
}
