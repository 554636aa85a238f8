import { createLru } from '../../shared/base/lru.ts';

/** What this container knows of who gets lines delivered, so that one agent's trouble is told from everybody's. */
export interface AgentHealth {
  /** Lines of this agent came from the stream. */
  readonly met: (agentId: string) => void;
  readonly delivered: (agentId: string, tookMs: number) => void;
  /** In an invocation that began at `startedMs`. */
  readonly failed: (agentId: string, failure: AgentFailure) => void;
  /** When the agent's trouble began, epoch ms; undefined if it is in none. */
  readonly failingSince: (agentId: string) => number | undefined;
  /**
   * The agent's trouble is to be taken for its own, by which it holds up others. So it is unless the trouble is everybody's:
   * lines were delivered, another agent fails too, and none has been delivered since that began. And unless the agent has
   * been alone in the stream for minutes, so that it holds up nobody. A repeated batch holds nothing of those whose lines
   * are settled, and must be judged as it was the first time, by what the container remembers.
   */
  readonly isOwnTrouble: (agentId: string, startedMs: number) => boolean;
  /** The longest that a delivered request took of late, ms. */
  readonly slowestMs: () => number;
}

/** How an agent failed. */
export interface AgentFailure {
  /** When the invocation began in which it failed (first), epoch ms. */
  readonly startedMs: number;
  /**
   * `settings`: they are this agent's, so that nothing is said of others; `secret-store`: it is everybody's, so that nothing
   * is said of this agent; `service`: it may be the agent's or everybody's.
   */
  readonly where: 'settings' | 'secret-store' | 'service';
}

/** A container that has read the stream for less time does not know whose lines are in it. */
const NEW_MS = 5 * 60_000;
/** An agent that has tried nothing for this long is in no trouble that concerns others. */
const FORGOTTEN_MS = 10 * 60_000;
/** How much of the slowest is kept with each faster one. */
const KEPT = 0.95;

/** Something that happened to an agent. */
interface Event {
  readonly agentId: string;
  readonly atMs: number;
}

/** The last two agents to which something happened: one of them is another than whoever asks. */
function createLastTwo() {
  let events: readonly Event[] = [];
  return {
    add: (event: Event) => {
      const other = events.find(({ agentId }) => agentId !== event.agentId);
      events = [event, ...(other === undefined ? [] : [other])];
    },
    notOf: (agentId: string) => events.find((event) => event.agentId !== agentId),
    last: () => events[0],
  };
}

export function createAgentHealth(now: () => number): AgentHealth {
  const troubles = createLru<AgentFailure>({ maxEntries: 10_000, maxAgeMs: FORGOTTEN_MS, now });
  const deliveries = createLastTwo();
  const beginnings = createLastTwo();
  let slowestMs = 0;
  /** The first agent that was met, and when; whether another was since. */
  let first: Event | undefined;
  let severalMet = false;

  /** All that came from the stream for a while was this agent's. */
  function isAloneInStream(agentId: string): boolean {
    return !severalMet && first?.agentId === agentId && now() - first.atMs >= NEW_MS;
  }

  /** Another agent's trouble is not known to be that agent's own: what worked does not work for either. */
  function mayBeEverybodys(agentId: string): boolean {
    const other = beginnings.notOf(agentId);
    if (other === undefined || troubles.get(other.agentId) === undefined) return false;
    const lastMs = deliveries.last()?.atMs;
    return lastMs !== undefined && other.atMs > lastMs;
  }

  return {
    met: (agentId) => {
      first ??= { agentId, atMs: now() };
      severalMet ||= first.agentId !== agentId;
    },
    delivered: (agentId, tookMs) => {
      troubles.delete(agentId);
      slowestMs = Math.max(tookMs, slowestMs * KEPT);
      deliveries.add({ agentId, atMs: now() });
    },
    failed: (agentId, { startedMs, where }) => {
      const beganMs = troubles.get(agentId)?.startedMs ?? startedMs;
      troubles.set(agentId, { startedMs: beganMs, where });
      if (where !== 'settings') beginnings.add({ agentId, atMs: beganMs });
    },
    failingSince: (agentId) => troubles.get(agentId)?.startedMs,
    isOwnTrouble: (agentId, startedMs) => {
      const deliveredMs = deliveries.notOf(agentId)?.atMs;
      const trouble = troubles.get(agentId);
      if (deliveredMs !== undefined && deliveredMs >= (trouble?.startedMs ?? startedMs)) return true;
      if (trouble?.where === 'secret-store' || isAloneInStream(agentId)) return false;
      return trouble?.where === 'settings' || !mayBeEverybodys(agentId);
    },
    slowestMs: () => slowestMs,
  };
}
