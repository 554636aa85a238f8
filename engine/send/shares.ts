import type { Clock } from '../../shared/base/clock.ts';

/** How much each agent has had of one invocation. */
export interface Shares {
  /** A request of the agent is begun. */
  readonly count: (agentId: string) => void;
  /** It has had its share, and others wait until it ends: those of this invocation, or those behind it in the shard. */
  readonly isSpent: (agentId: string) => boolean;
}

/** For so long an invocation serves whoever has something; more, and those behind it would notice. */
const FREE_MS = 1_000;
/** So few requests are no more than a busy agent's. */
const FREE_REQUESTS = 16;
/** Beyond that, a share is so many times what the least busy quarter of the agents needed. */
const TIMES = 4;
/** The others' needs are looked at so often. */
const LOOK_EVERY_MS = 50;

export function createShares(clock: Pick<Clock, 'now'>): Shares {
  const startedMs = clock.now();
  const requests = new Map<string, number>();
  let usual = 0;
  let lookedMs = startedMs;

  /** How many requests an agent needs that needs few. */
  function usualRequests(nowMs: number): number {
    if (nowMs - lookedMs < LOOK_EVERY_MS) return usual;
    lookedMs = nowMs;
    const counts = [...requests.values()].toSorted((a, b) => a - b);
    usual = counts.length < 2 ? 0 : (counts[Math.floor((counts.length - 1) / 4)] ?? 0);
    return usual;
  }

  return {
    count: (agentId) => void requests.set(agentId, (requests.get(agentId) ?? 0) + 1),
    isSpent: (agentId) => {
      const nowMs = clock.now();
      const own = requests.get(agentId) ?? 0;
      if (own < FREE_REQUESTS || nowMs - startedMs <= FREE_MS) return false;
      return own > TIMES * usualRequests(nowMs);
    },
  };
}
