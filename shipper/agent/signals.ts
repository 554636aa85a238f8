import type { Clock } from '../../shared/base/clock.ts';
import { isAmong, type KnownSignal } from '../launcher/ignored-signals.ts';

/** The signals that are passed on to the agent. */
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
export type PassedSignal = (typeof SIGNALS)[number];

export interface HeldSignals {
  /** From now on `listener` gets the signals, first of all those that came before. */
  readonly attach: (listener: (signal: PassedSignal) => void) => void;
  /** Each signal has its usual effect again. */
  readonly release: () => void;
}

/** These stop a process unless they are ignored; they are not passed on. */
const STOP_SIGNALS = ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const;

/**
 * Catches signals until it is known what to do with them. To be called first of all: a process with id 1 has no
 * default handlers (signal(7), pid_namespaces(7)), and an early SIGUSR1 would open Node's inspector.
 * @param ignored numbers of signals that stay ignored
 */
export function holdSignals(ignored: readonly number[] = []): HeldSignals {
  const isIgnored = (signal: KnownSignal): boolean => isAmong(ignored, signal);
  const early: PassedSignal[] = [];
  let pass = (signal: PassedSignal): void => void early.push(signal);
  const handler = (signal: NodeJS.Signals): void => pass(signal as PassedSignal);
  const ignore = (): void => {};
  for (const signal of SIGNALS) process.on(signal, isIgnored(signal) ? ignore : handler);
  for (const signal of STOP_SIGNALS.filter(isIgnored)) process.on(signal, ignore);
  return {
    attach: (listener) => {
      pass = listener;
      for (const signal of early.splice(0)) listener(signal);
    },
    release: () => {
      for (const signal of SIGNALS) process.off(signal, handler);
    },
  };
}

/** Who signals a whole group sends its members the same signal a second time: timeout(1), for one. */
const SAME_WITHIN_MS = 200;

/**
 * A listener that takes two equal signals within a moment for one. Not so for SIGWINCH: each may tell of another size,
 * and the last one counts.
 */
export function withoutRepeats(
  listener: (signal: PassedSignal) => void,
  { monotonic }: Pick<Clock, 'monotonic'>,
): (signal: PassedSignal) => void {
  const passedMs = new Map<PassedSignal, number>();
  return (signal) => {
    const nowMs = monotonic();
    const isRepeat = nowMs - (passedMs.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_WITHIN_MS;
    if (isRepeat && signal !== 'SIGWINCH') return;
    passedMs.set(signal, nowMs);
    listener(signal);
  };
}
