/** `small` is for the suite, `full` for the scoreboard. */
export type Scale = 'small' | 'full';

/** A number by the scale. */
export const sized = (scale: Scale, small: number, full: number): number =>
  scale === 'small' ? small : full;

export const GROUPS = ['agent', 'shipper', 'kinesis', 'functions', 'services', 'isolation'] as const;
export type Group = (typeof GROUPS)[number];

/** Something that goes wrong, run against the real processes. */
export interface Fault {
  readonly group: Group;
  /** Unique; names the row. */
  readonly name: string;
  /** What the row needs to be understood: why there are duplicates, what was lost with a killed process. */
  readonly note?: string;
  /** Rows of one such name are played at the same time: they mostly wait. */
  readonly beside?: string;
  /** What this machine lacks to play it, and how to get it; undefined: nothing. */
  readonly lacks?: () => string | undefined;
  /** Throws if the fault was not met, or if something else than lines went wrong. */
  readonly run: (scale: Scale) => Promise<Outcome>;
}

/** Lines counted by identity, each once for each of the row's destinations; the shipper's own events included. */
export interface Outcome {
  readonly written: number;
  /** Accepted by receivers, repetitions included. */
  readonly delivered: number;
  readonly duplicates: number;
  readonly parked: number;
  /** Announced in the stream as dropped. */
  readonly dropped: number;
  /** Lost with a process that was killed by force, as the guarantees state. */
  readonly killed: number;
  /** Written, and neither delivered nor parked, announced or killed: must be 0. */
  readonly unaccounted: number;
  /** With lines unaccounted for: what the cause can be judged from. */
  readonly evidence?: string | undefined;
  /** Time that the agent spent writing, and the same agent in front of `cat`. */
  readonly writingMs?: { readonly shipped: number; readonly alone: number } | undefined;
  /** From the write to the acceptance, of the lines that the fault must not touch: before it and during it. */
  readonly p99Ms?: { readonly quiet: number; readonly broken: number } | undefined;
  /** From the end of the fault until the last line was settled. */
  readonly recoveryMs?: number | undefined;
  /** What was measured beside. */
  readonly remarks?: readonly string[];
  /** Largest resident memory: of the shipper's processes together, and of one function. */
  readonly peakBytes: { readonly shipper: number; readonly function: number };
}
