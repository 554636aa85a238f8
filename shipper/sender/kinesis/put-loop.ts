import { createQueue, type Queued } from './sending-queue.ts';

const MAX_CALLS = 4;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 20_000;
const MAX_HURRIED_BACKOFF_MS = 1_000;

/** What came of one call. */
export type PutResult =
  /** Some records were taken, `failed` are the places of those that were not, which were throttled as a rule. */
  | { readonly kind: 'answered'; readonly failed: readonly number[] }
  /** None was taken as far as is known; `trouble` says why in plain words. */
  | { readonly kind: 'failed'; readonly trouble: string };

export interface PutLoopOptions<T extends Queued> {
  readonly put: (records: readonly T[]) => Promise<PutResult>;
  readonly onTaken: (records: readonly T[]) => void;
  /** Undefined: it works again. */
  readonly onTrouble: (trouble: string | undefined) => void;
  /** In [0, 1). */
  readonly random: () => number;
  readonly schedule: (task: () => void, delayMs: number) => () => void;
  /** One record at a time, until all that waited has gone. */
  readonly careful?: boolean | undefined;
}

/** Sends records for ever, in the order of their ids as far as PutRecords keeps it. */
export interface PutLoop<T extends Queued> {
  readonly add: (record: T) => void;
  /** Takes the first record out that waits and that may go. */
  readonly takeOut: (mayGo: (record: T) => boolean) => T | undefined;
  /** From now on wait no longer than a second between attempts. */
  readonly hurry: () => void;
  readonly unsent: () => number;
}

export function createPutLoop<T extends Queued>(options: PutLoopOptions<T>): PutLoop<T> {
  const { put, onTaken, onTrouble, random, schedule } = options;
  const queue = createQueue<T>();
  let inFlight = 0;
  let inFlightRecords = 0;
  let failures = 0;
  let maxBackoffMs = MAX_BACKOFF_MS;
  let cancelWait: (() => void) | undefined;
  let { careful = false } = options;

  const start = (): void => {
    if (cancelWait !== undefined) return;
    while (inFlight < (careful ? 1 : MAX_CALLS) && queue.size() > 0) {
      // Calls side by side may arrive in any order, so they are for those who are behind.
      const records = queue.takeCall({ onlyFull: inFlight > 0, maxRecords: careful ? 1 : undefined });
      if (records.length === 0) return;
      inFlight += 1;
      inFlightRecords += records.length;
      void attempt(records);
    }
  };

  const attempt = async (records: readonly T[]): Promise<void> => {
    const result = await put(records);
    inFlight -= 1;
    inFlightRecords -= records.length;
    const failed = result.kind === 'failed' ? records : result.failed.flatMap((at) => records[at] ?? []);
    // Told first: with the last record taken there may be nobody left to tell.
    onTrouble(result.kind === 'failed' ? result.trouble : undefined);
    settle(records, failed);
    start();
  };

  const settle = (records: readonly T[], failed: readonly T[]): void => {
    const taken = without(records, failed);
    if (taken.length > 0) onTaken(taken);
    if (failed.length === 0) {
      failures = 0;
      careful &&= queue.size() > 0;
      return;
    }
    queue.putBack(failed);
    failures = taken.length > 0 ? 1 : failures + 1;
    wait(Math.min(maxBackoffMs, MIN_BACKOFF_MS * 2 ** (failures - 1)) * random());
  };

  const wait = (delayMs: number): void => {
    cancelWait?.();
    cancelWait = schedule(() => {
      cancelWait = undefined;
      start();
    }, delayMs);
  };

  return {
    add: (record) => {
      queue.add(record);
      start();
    },
    takeOut: queue.takeOut,
    hurry: () => {
      maxBackoffMs = MAX_HURRIED_BACKOFF_MS;
      if (cancelWait !== undefined) wait(MAX_HURRIED_BACKOFF_MS * random());
    },
    unsent: () => queue.size() + inFlightRecords,
  };
}

function without<T>(records: readonly T[], others: readonly T[]): readonly T[] {
  const left = new Set(others);
  return records.filter((record) => !left.has(record));
}
