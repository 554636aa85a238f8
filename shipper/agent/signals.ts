/** The signals that are passed on to the agent. */
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
export type PassedSignal = (typeof SIGNALS)[number];

export interface HeldSignals {
  /** From now on `listener` gets the signals, first of all those that came before. */
  readonly attach: (listener: (signal: PassedSignal) => void) => void;
  /** Each signal has its usual effect again. */
  readonly release: () => void;
}

/**
 * Catches signals until it is known what to do with them. To be called first of all: a process with id 1 has no
 * default handlers (signal(7), pid_namespaces(7)), and an early SIGUSR1 would open Node's inspector.
 */
export function holdSignals(): HeldSignals {
  const early: PassedSignal[] = [];
  let pass = (signal: PassedSignal): void => void early.push(signal);
  const handler = (signal: NodeJS.Signals): void => pass(signal as PassedSignal);
  for (const signal of SIGNALS) process.on(signal, handler);
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
