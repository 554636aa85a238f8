import type { Clock, Timer } from '../shared/base/clock.ts';
import type { PassedSignal } from './agent/signals.ts';

/** After these signals whoever sent them waits for the end, and kills what is still there when it loses patience. */
const ASK_TO_END: ReadonlySet<PassedSignal> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
/** What the end itself takes, also on a busy machine: the last messages, and the process. */
const RESERVE_MS = 1_000;

/**
 * The time that a supervisor leaves us. An agent that ends within `graceMs` of a signal shows nothing of how patient
 * its supervisor is, so what remains of that time is all there is. One that outlives it shows that there is more.
 */
export interface Grace {
  readonly onSignal: (signal: PassedSignal) => void;
  readonly onAgentEnd: () => void;
  /** Whether the agent, while it ran, was asked to end. */
  readonly agentWasAsked: () => boolean;
  /** Ms that are left, infinite while nobody is known to wait. */
  readonly leftMs: () => number;
  /** Aborts when none is left after the agent's end. */
  readonly over: AbortSignal;
}

/** `graceMs` 0: the supervisor is known to be patient, so there is no bound. */
export function createGrace(graceMs: number, clock: Pick<Clock, 'monotonic' | 'after'>): Grace {
  const controller = new AbortController();
  const reserveMs = Math.min(RESERVE_MS, graceMs / 4);
  let askedMs: number | undefined;
  let agentWasAsked = false;
  let agentEnded = false;
  let timer: Timer | undefined;

  const leftMs = (): number =>
    askedMs === undefined ? Number.POSITIVE_INFINITY : askedMs + graceMs - reserveMs - clock.monotonic();

  const limit = (): void => {
    if (timer !== undefined || askedMs === undefined) return;
    timer = clock.after(Math.max(0, leftMs()), () => controller.abort());
    timer.unref();
  };

  return {
    onSignal: (signal) => {
      if (!ASK_TO_END.has(signal)) return;
      // The first one counts, unless the agent has outlived it.
      if (graceMs > 0) askedMs ??= clock.monotonic();
      if (agentEnded) limit();
      else agentWasAsked = true;
    },
    onAgentEnd: () => {
      agentEnded = true;
      const outlived = askedMs !== undefined && clock.monotonic() > askedMs + graceMs;
      if (outlived) askedMs = undefined;
      limit();
    },
    agentWasAsked: () => agentWasAsked,
    leftMs,
    over: controller.signal,
  };
}
