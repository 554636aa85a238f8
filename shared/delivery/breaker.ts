import { createLru } from './lru.ts';

/** What is known of one agent's trouble, kept between invocations of this container. */
export interface Trouble {
  /** Open: one request, one attempt, and the lines are parked if it fails. */
  readonly open: boolean;
  /** Nothing is sent before this (epoch ms): the service asked for a pause. */
  readonly holdUntilMs: number;
}

/** Per container and agent. A saving only: what is right never rests on it. */
export interface Breakers {
  readonly of: (agentId: string) => Trouble;
  readonly open: (agentId: string) => void;
  readonly hold: (agentId: string, untilMs: number) => void;
  /** After a success. A pause that was asked for stays. */
  readonly close: (agentId: string) => void;
}

const NO_TROUBLE: Trouble = { open: false, holdUntilMs: 0 };

export function createBreakers(now: () => number): Breakers {
  const troubles = createLru<Trouble>({ maxEntries: 10_000, maxAgeMs: 24 * 60 * 60 * 1000, now });
  const of = (agentId: string): Trouble => troubles.get(agentId) ?? NO_TROUBLE;
  return {
    of,
    open: (agentId) => troubles.set(agentId, { ...of(agentId), open: true }),
    hold: (agentId, untilMs) => {
      const trouble = of(agentId);
      troubles.set(agentId, { ...trouble, holdUntilMs: Math.max(trouble.holdUntilMs, untilMs) });
    },
    close: (agentId) => {
      const trouble = of(agentId);
      if (trouble === NO_TROUBLE) return;
      if (trouble.holdUntilMs > now()) troubles.set(agentId, { ...trouble, open: false });
      else troubles.delete(agentId);
    },
  };
}
