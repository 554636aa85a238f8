import { createLru } from '../../shared/base/lru.ts';

/** What is known of one agent's trouble, kept between invocations of this container. */
export interface BreakerState {
  /** Open: one request, one attempt, and the lines are parked if it fails. */
  readonly open: boolean;
  /** Why it was opened: our own code. */
  readonly reason: string;
  /** Nothing is sent before this (epoch ms): the service asked for a pause. */
  readonly holdUntilMs: number;
  /** Failures in a row that others had to wait for. */
  readonly slowFailures: number;
  /** After such a failure nothing is tried before this (epoch ms). */
  readonly nextProbeMs: number;
}

/** A failure that opens a breaker or leaves it open. */
export interface Failure {
  readonly reason: string;
  /** How long the failed attempt took. */
  readonly tookMs: number;
}

/** Per container and agent. A saving only: what is right never rests on it. */
export interface CircuitBreakers {
  readonly of: (agentId: string) => BreakerState;
  readonly open: (agentId: string, failure: Failure) => void;
  readonly hold: (agentId: string, untilMs: number) => void;
  /** After a success. A pause that was asked for stays. */
  readonly close: (agentId: string) => void;
}

const NO_TROUBLE: BreakerState = { open: false, reason: '', holdUntilMs: 0, slowFailures: 0, nextProbeMs: 0 };

/** A service that fails at once may be asked in each invocation; one that takes longer costs the others time. */
const SLOW_MS = 1_000;
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 5 * 60_000;

/** `random` in [0, 1): agents whose trouble began together are not to be tried together for ever. */
export function createCircuitBreakers(now: () => number, random: () => number): CircuitBreakers {
  const troubles = createLru<BreakerState>({ maxEntries: 10_000, maxAgeMs: 24 * 60 * 60 * 1000, now });
  const of = (agentId: string): BreakerState => troubles.get(agentId) ?? NO_TROUBLE;

  function pauseMs(slowFailures: number): number {
    const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (slowFailures - 1));
    return longest * (0.75 + 0.25 * random());
  }

  return {
    of,
    open: (agentId, { reason, tookMs }) => {
      const trouble = of(agentId);
      const slowFailures = tookMs < SLOW_MS ? 0 : trouble.slowFailures + 1;
      const nextProbeMs = slowFailures === 0 ? 0 : now() + pauseMs(slowFailures);
      troubles.set(agentId, { ...trouble, open: true, reason, slowFailures, nextProbeMs });
    },
    hold: (agentId, untilMs) => {
      const trouble = of(agentId);
      troubles.set(agentId, { ...trouble, holdUntilMs: Math.max(trouble.holdUntilMs, untilMs) });
    },
    close: (agentId) => {
      const trouble = of(agentId);
      if (trouble === NO_TROUBLE) return;
      if (trouble.holdUntilMs > now())
        troubles.set(agentId, { ...NO_TROUBLE, holdUntilMs: trouble.holdUntilMs });
      else troubles.delete(agentId);
    },
  };
}
