import type { DestinationId } from '../../registry.ts';

/** What one run did for one destination: plain data, also for the command line. */
export interface DestinationResult {
  /**
   * `done`: each agent was tried, and what could be sent is gone; `busy`: another run is at it; `unfinished`: time or
   * the bound on objects ended; `unavailable`: its function or the bucket failed.
   */
  readonly state: 'done' | 'busy' | 'unfinished' | 'unavailable';
  /** With `unavailable`: the error's name. */
  readonly reason?: string;
  /** Objects that were tried; with `dryRun` those that were found. */
  readonly objects: number;
  readonly bytes: number;
  /** With `dryRun`: there are more, which were not counted. */
  readonly more?: true;
  /** Objects that are gone now, all of their lines dealt with. */
  readonly cleared: number;
  /** Lines dealt with: delivered, or rejected by the service and put aside as such. */
  readonly lines: number;
  /** Objects that were sent and still hold lines, each time counted, and those lines. */
  readonly failed: number;
  readonly failedLines: number;
  /** Objects that failed alone and were moved out of the way of their agent's others. */
  readonly setAside: number;
  /** Objects that cannot be read; their keys are in the log. */
  readonly garbled: number;
  /** Batches put aside by Lambda that were found, and how many of them are left. */
  readonly onFailure: number;
  readonly onFailureLeft: number;
  /** Agents of which objects are left, by why: our own codes. */
  readonly waiting: Readonly<Record<string, number>>;
  /** When the oldest object that is left arrived, epoch ms; absent if none is known. */
  readonly oldestMs?: number;
}

export interface RedriveResult {
  /** Epoch ms; given back as `startedMs`, an unfinished run is gone on with. */
  readonly startedMs: number;
  readonly destinations: Readonly<Partial<Record<DestinationId, DestinationResult>>>;
  /** Batches put aside by Lambda of functions that are none of ours: left as they are. */
  readonly unknown: number;
  /** Destinations that are not deployed (any more), of which lines are parked. */
  readonly notDeployed: readonly string[];
}

type Counts = Pick<
  DestinationResult,
  | 'objects'
  | 'bytes'
  | 'cleared'
  | 'lines'
  | 'failed'
  | 'failedLines'
  | 'setAside'
  | 'garbled'
  | 'onFailure'
  | 'onFailureLeft'
>;

/** Sums up one destination's run. */
export interface Tally {
  readonly add: (counts: Partial<Counts>) => void;
  /** An object that arrived then is left. */
  readonly remains: (atMs: number) => void;
  /** Objects of one more agent are left, for this reason. */
  readonly waits: (reason: string) => void;
  /** There is more than was counted. */
  readonly isMore: () => void;
  readonly result: (state: DestinationResult['state'], reason?: string) => DestinationResult;
}

export function createTally(): Tally {
  const sums: { -readonly [K in keyof Counts]: number } = {
    objects: 0,
    bytes: 0,
    cleared: 0,
    lines: 0,
    failed: 0,
    failedLines: 0,
    setAside: 0,
    garbled: 0,
    onFailure: 0,
    onFailureLeft: 0,
  };
  const waiting: Record<string, number> = {};
  let oldestMs: number | undefined;
  let more = false;
  return {
    add: (counts) => {
      for (const name of Object.keys(counts) as (keyof Counts)[]) sums[name] += counts[name] ?? 0;
    },
    remains: (atMs) => {
      oldestMs = Math.min(oldestMs ?? atMs, atMs);
    },
    waits: (reason) => {
      waiting[reason] = (waiting[reason] ?? 0) + 1;
    },
    isMore: () => {
      more = true;
    },
    result: (state, reason) => ({
      state,
      ...(reason === undefined ? {} : { reason }),
      ...sums,
      ...(more ? { more } : {}),
      waiting,
      ...(oldestMs === undefined ? {} : { oldestMs }),
    }),
  };
}
