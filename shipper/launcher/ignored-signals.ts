// Imports nothing: what the entry imports has to run on a Node that is too old for the rest.

/** By their names, signal(7) of Linux on x86 and ARM, where the launcher reads the mask. */
const NUMBERS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGWINCH: 28,
} as const;
export type KnownSignal = keyof typeof NUMBERS;

/** Those that are not of real time; SIGKILL and SIGSTOP can't be ignored. */
const IGNORABLE = Array.from({ length: 31 }, (_, at) => at + 1).filter(
  (signal) => signal !== 9 && signal !== 19,
);

/** Numbers of the signals that were ignored when we were started, as `nohup` and shells in scripts have it. */
export function ignoredSignals(env: Readonly<Record<string, string | undefined>>): readonly number[] {
  const { LOG_DRAIN_START_SIGIGN: mask = '' } = env;
  if (!/^[0-9a-f]{8,16}$/.test(mask)) return [];
  // Those of real time are in the half before this.
  const bits = Number.parseInt(mask.slice(-8), 16);
  return IGNORABLE.filter((signal) => ((bits >>> (signal - 1)) & 1) === 1);
}

/** Whether a signal is one of these numbers. */
export function isAmong(numbers: readonly number[], signal: KnownSignal): boolean {
  return numbers.includes(NUMBERS[signal]);
}
