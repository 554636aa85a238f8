import { isatty } from 'node:tty';
import type { Clock } from '../../shared/base/clock.ts';
import { processGroup } from '../base/proc.ts';
import type { PassedSignal } from './signals.ts';
import { startWitness, type Witness } from './witness.ts';

const SENT_BY_TERMINALS: ReadonlySet<PassedSignal> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGWINCH']);

/** The way of signals to the agent. */
export interface SignalRoute {
  readonly pass: (signal: PassedSignal) => void;
  /** The agent has ended. */
  readonly end: () => void;
}

export interface SignalRouteOptions {
  /** The agent's process; undefined if it was not started. */
  readonly pid: number | undefined;
  /** Its command. */
  readonly words: readonly string[];
  readonly send: (signal: PassedSignal) => void;
  readonly clock: Pick<Clock, 'after' | 'sleep'>;
  /** For tests. */
  readonly start?: typeof startWitness;
}

/**
 * Sees to it that each signal reaches the agent once: passed on if it was sent to us alone, and not if it was sent to
 * our whole group, by a terminal, a shell, timeout(1), an init program or a supervisor. Agents take a second signal for
 * a wish to end by force.
 */
export function openSignalRoute({
  pid,
  words,
  send,
  clock,
  start = startWitness,
}: SignalRouteOptions): SignalRoute {
  const witness: Witness = start({ words, clock });
  const hasTerminal = isatty(0);

  const hasReached = async (signal: PassedSignal): Promise<boolean> => {
    // No witness ends by this one; terminals tell all of the group.
    if (signal === 'SIGWINCH') return hasTerminal;
    const toAll = await witness.wasSentToAll(signal);
    if (toAll === undefined) return hasTerminal && SENT_BY_TERMINALS.has(signal);
    return toAll && isInOurGroup(pid);
  };

  const pass = async (signal: PassedSignal): Promise<void> => {
    if (!(await hasReached(signal))) send(signal);
  };

  return { pass: (signal) => void pass(signal), end: witness.end };
}

/** An agent may have left the group, as timeout(1) does. */
function isInOurGroup(pid: number | undefined): boolean {
  return pid === undefined || processGroup(pid) === processGroup(process.pid);
}
