import type { DestinationId } from '../registry.ts';

/** What one run did for one destination: plain data, also for the command line. */
export interface DestinationResult {
  /**
   * `done`: gone through; `busy`: another run is at it; `unfinished`: time or the bound on objects ended;
   * `unavailable`: its function or the bucket failed.
   */
  readonly state: 'done' | 'busy' | 'unfinished' | 'unavailable';
  /** With `unavailable`: the error's name. */
  readonly reason?: string;
  /** Objects found; with `dryRun` those that would be tried. */
  readonly objects: number;
  readonly bytes: number;
  /** Objects that are gone now, all of their lines dealt with. */
  readonly cleared: number;
  /** Lines dealt with: delivered, or rejected by the service and put aside as such. */
  readonly lines: number;
  /** Objects that were tried and still hold lines, and those lines. */
  readonly failed: number;
  readonly failedLines: number;
  /** Objects that cannot be read; their keys are in the log. */
  readonly garbled: number;
  /** Objects that wait for their next time, behind a failed one, or for the next run. */
  readonly waiting: number;
  /** Batches put aside by Lambda among the objects. */
  readonly onFailure: number;
  /** When the oldest object that is left arrived, epoch ms; absent if none is. */
  readonly oldestMs?: number;
}

export interface RedriveResult {
  /** Epoch ms; given back as `startedMs`, an unfinished run is gone on with. */
  readonly startedMs: number;
  readonly destinations: Readonly<Partial<Record<DestinationId, DestinationResult>>>;
  /** Batches put aside by Lambda that are garbled, or of functions that are none of ours: left as they are. */
  readonly unknown: number;
  /** Why those batches could not all be looked at: the error's name. */
  readonly onFailureTrouble?: string;
}

type Counts = Omit<DestinationResult, 'state' | 'reason' | 'waiting' | 'oldestMs'>;

/** Sums up one destination's run. */
export interface Tally {
  readonly id: DestinationId;
  readonly add: (counts: Partial<Counts>) => void;
  /** An object that arrived then is left. */
  readonly remains: (atMs: number) => void;
  /** The first trouble stays. */
  readonly end: (state: 'busy' | 'unfinished' | 'unavailable', reason?: string) => void;
  readonly ended: () => boolean;
  readonly result: () => DestinationResult;
}

export function createTally(id: DestinationId): Tally {
  const sums: { -readonly [K in keyof Counts]: number } = {
    objects: 0,
    bytes: 0,
    cleared: 0,
    lines: 0,
    failed: 0,
    failedLines: 0,
    garbled: 0,
    onFailure: 0,
  };
  let state: DestinationResult['state'] = 'done';
  let reason: string | undefined;
  let oldestMs: number | undefined;
  return {
    id,
    add: (counts) => {
      for (const name of Object.keys(counts) as (keyof Counts)[]) sums[name] += counts[name] ?? 0;
    },
    remains: (atMs) => {
      oldestMs = Math.min(oldestMs ?? atMs, atMs);
    },
    end: (ended, why) => {
      if (state !== 'done') return;
      state = ended;
      reason = why;
    },
    ended: () => state !== 'done',
    result: () => ({
      state,
      ...(reason === undefined ? {} : { reason }),
      ...sums,
      waiting: sums.objects - sums.cleared - sums.failed - sums.garbled,
      ...(oldestMs === undefined ? {} : { oldestMs }),
    }),
  };
}
