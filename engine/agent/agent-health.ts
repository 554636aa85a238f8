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
   * lines were delivered, many agents fail, or all, and no line has been delivered since that began. And unless the agent
   * has been alone in the stream for minutes, so that it holds up nobody. A repeated batch holds nothing of those whose lines
   * are settled, and must be judged as it was the first time, by what the container remembers.
   */
  readonly isOwnTrouble: (agentId: string, startedMs: number) => boolean;
  /** Lines of other agents came from the stream of late, so that some may wait behind this agent's. */
  readonly hasNeighbours: (agentId: string) => boolean;
  /** The longest that a delivered request took of late, ms. */
  readonly slowestMs: () => number;
}

/** Something that happened to an agent. */
interface Event {
  readonly agentId: string;
  readonly atMs: number;
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
/** An agent that was met no longer ago writes on. */
const NEIGHBOUR_MS = 60_000;
/** How much of the slowest is kept with each faster one. */
const KEPT = 0.95;

/** So many agents in trouble at once, or all that were met lately, have one cause where none gets anything delivered. */
const MANY = 4;

/** The last event of each of two agents, the newest first: one is of another than whoever asks. */
type LastTwo = readonly Event[];

function withLast(events: LastTwo, event: Event): LastTwo {
  return [event, ...events.filter(({ agentId }) => agentId !== event.agentId).slice(0, 1)];
}

export function createAgentHealth(now: () => number): AgentHealth {
  const troubles = createLru<AgentFailure>({ maxEntries: 10_000, maxAgeMs: FORGOTTEN_MS, now });
  /** Agents of the stream and of redrives. */
  const known = createLru<true>({ maxEntries: 10_000, maxAgeMs: FORGOTTEN_MS, now });
  let deliveries: LastTwo = [];
  let meetings: LastTwo = [];
  /** Agents whose trouble, not with their settings, began after anybody's lines were last delivered: as many as decide. */
  const failing = createLru<true>({ maxEntries: MANY, maxAgeMs: FORGOTTEN_MS, now });
  let slowestMs = 0;
  /** The first agent that was met, and when; whether another was since. */
  let first: Event | undefined;
  let severalMet = false;

  /** All that came from the stream for a while was this agent's. */
  function isAloneInStream(agentId: string): boolean {
    return !severalMet && first?.agentId === agentId && now() - first.atMs >= NEW_MS;
  }

  /** What worked before works for none of many, or of all. */
  function mayBeEverybodys(agentId: string): boolean {
    if (deliveries.length === 0) return false;
    const others = failing.size() - (failing.get(agentId) === undefined ? 0 : 1);
    return others + 1 >= Math.min(MANY, Math.max(2, known.size()));
  }

  return {
    met: (agentId) => {
      known.set(agentId, true);
      meetings = withLast(meetings, { agentId, atMs: now() });
      first ??= { agentId, atMs: now() };
      severalMet ||= first.agentId !== agentId;
    },
    delivered: (agentId, tookMs) => {
      known.set(agentId, true);
      troubles.delete(agentId);
      slowestMs = Math.max(tookMs, slowestMs * KEPT);
      failing.clear();
      deliveries = withLast(deliveries, { agentId, atMs: now() });
    },
    failed: (agentId, { startedMs, where }) => {
      known.set(agentId, true);
      const beganMs = troubles.get(agentId)?.startedMs ?? startedMs;
      troubles.set(agentId, { startedMs: beganMs, where });
      if (where !== 'settings' && beganMs > (deliveries[0]?.atMs ?? 0)) failing.set(agentId, true);
    },
    failingSince: (agentId) => troubles.get(agentId)?.startedMs,
    isOwnTrouble: (agentId, startedMs) => {
      const deliveredMs = deliveries.find((one) => one.agentId !== agentId)?.atMs;
      const trouble = troubles.get(agentId);
      if (deliveredMs !== undefined && deliveredMs >= (trouble?.startedMs ?? startedMs)) return true;
      if (trouble?.where === 'secret-store' || isAloneInStream(agentId)) return false;
      return trouble?.where === 'settings' || !mayBeEverybodys(agentId);
    },
    hasNeighbours: (agentId) => {
      const other = meetings.find((one) => one.agentId !== agentId);
      return other !== undefined && now() - other.atMs < NEIGHBOUR_MS;
    },
    slowestMs: () => slowestMs,
  };
}
