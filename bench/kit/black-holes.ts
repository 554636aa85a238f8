import { once } from 'node:events';
import type { BlackHoleTask } from '../programs/black-hole.ts';
import { ask, type Workshop } from './workshop.ts';

/** What a black hole has swallowed since it was last asked. */
export interface Swallowed {
  readonly requests: number;
  /** Of bodies, as they came. */
  readonly bytes: number;
}

/** A server in a process of its own that takes everything. */
export interface BlackHole {
  readonly port: number;
  readonly swallowed: () => Promise<Swallowed>;
  readonly close: () => Promise<void>;
}

export async function openBlackHole(workshop: Workshop, task: BlackHoleTask): Promise<BlackHole> {
  const { child, answer } = await ask(workshop.program('black-hole'), task);
  const { port } = answer as { readonly port: number };
  return {
    port,
    swallowed: async () => {
      child.send('swallowed');
      const [said] = (await once(child, 'message')) as [Swallowed];
      return said;
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
