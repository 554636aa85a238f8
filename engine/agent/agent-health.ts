import { createLru } from '../../shared/base/lru.ts';

/** What this container knows of who gets lines delivered, so that one agent's trouble is told from everybody's. */
export interface AgentHealth {
  readonly delivered: (agentId: string, tookMs: number) => void;
  /** `sinceMs`: when the invocation began in which it failed. */
  readonly failed: (agentId: string, sinceMs: number) => void;
  /** When the agent's trouble began, epoch ms; undefined if it is in none. */
  readonly failingSince: (agentId: string) => number | undefined;
  /**
   * Others' lines have been delivered since the agent's trouble began, or since it was started if it is in none; or
   * shortly before, and no other is in trouble.
   * A repeated batch holds nothing of those whose lines are settled, and must be judged as it was the first time.
   */
  readonly othersSucceed: (agentId: string, startedMs: number) => boolean;
  /** The longest that a delivered request took of late, ms. */
  readonly slowestMs: () => number;
}

/** So long after others got through, a single agent's trouble is still its own. */
const SHORTLY_MS = 5 * 60_000;
/** An agent that has tried nothing for this long is in no trouble that concerns others. */
const FORGOTTEN_MS = 10 * 60_000;
/** How much of the slowest is kept with each faster one. */
const KEPT = 0.95;

export function createAgentHealth(now: () => number): AgentHealth {
  const troubles = createLru<number>({ maxEntries: 10_000, maxAgeMs: FORGOTTEN_MS, now });
  /** The last two agents that got through: one of them is another than whoever asks. */
  let latest: readonly { readonly agentId: string; readonly atMs: number }[] = [];
  let slowestMs = 0;

  return {
    delivered: (agentId, tookMs) => {
      troubles.delete(agentId);
      slowestMs = Math.max(tookMs, slowestMs * KEPT);
      const other = latest.find((one) => one.agentId !== agentId);
      latest = [{ agentId, atMs: now() }, ...(other === undefined ? [] : [other])];
    },
    failed: (agentId, sinceMs) => troubles.set(agentId, troubles.get(agentId) ?? sinceMs),
    failingSince: (agentId) => troubles.get(agentId),
    othersSucceed: (agentId, startedMs) => {
      const lastMs = latest.find((one) => one.agentId !== agentId)?.atMs;
      if (lastMs === undefined) return false;
      const sinceMs = troubles.get(agentId);
      if (lastMs >= (sinceMs ?? startedMs)) return true;
      const isAlone = troubles.size() === (sinceMs === undefined ? 0 : 1);
      return isAlone && now() - lastMs < SHORTLY_MS;
    },
    slowestMs: () => slowestMs,
  };
}
