import type { Clock, Timer } from '../../../shared/base/clock.ts';
import type { Failure } from './failure.ts';
import { createSendingQueue, type QueuedRecord } from './sending-queue.ts';

const MAX_CALLS = 4;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 20_000;
const MAX_HURRIED_BACKOFF_MS = 1_000;

/** What came of one call. */
export type PutResult =
  /** `failed`: places of the records that were not accepted; `failure` says why, if there are any. */
  | { readonly kind: 'answered'; readonly failed: readonly number[]; readonly failure?: Failure | undefined }
  /** No record was accepted, as far as is known. */
  | ({ readonly kind: 'failed' } & Failure);

/** How sending goes, after one call. */
export interface CallOutcome {
  /** Why it did not deliver all of its records; undefined: it did. */
  readonly failure: Failure | undefined;
  /** When the trouble began, if there is some, monotonic ms. */
  readonly beganMs: number;
  /** Records that failed, in this call or before, are not delivered yet. */
  readonly isBehind: boolean;
}

export interface PutLoopOptions<T extends QueuedRecord> {
  readonly put: (records: readonly T[]) => Promise<PutResult>;
  readonly onDelivered: (records: readonly T[]) => void;
  /** Called after each call, before `onDelivered`. */
  readonly onCall: (outcome: CallOutcome) => void;
  readonly clock: Pick<Clock, 'random' | 'after' | 'monotonic'>;
  /** One record at a time, until all that waited have gone. */
  readonly oneByOne?: boolean | undefined;
}

/** Sends records for ever, in the order of their ids as far as PutRecords keeps it. */
export interface PutLoop<T extends QueuedRecord> {
  readonly add: (record: T) => void;
  /** Removes the first waiting record that may be removed, and returns it. */
  readonly removeFirst: (mayRemove: (record: T) => boolean) => T | undefined;
  /** From now on wait no longer than a second between attempts. */
  readonly hurry: () => void;
  /** How many records are not delivered yet. */
  readonly unsent: () => number;
}

export function createPutLoop<T extends QueuedRecord>(options: PutLoopOptions<T>): PutLoop<T> {
  const { put, onDelivered, onCall, clock } = options;
  const queue = createSendingQueue<T>();
  const outcomes = createOutcomes<T>(clock);
  let inFlight = 0;
  let inFlightRecords = 0;
  let failures = 0;
  let maxBackoffMs = MAX_BACKOFF_MS;
  const pause = createPause(clock, () => start());
  let { oneByOne = false } = options;

  const start = (): void => {
    if (pause.isOn()) return;
    while (inFlight < (oneByOne ? 1 : MAX_CALLS) && queue.size() > 0) {
      // Parallel calls may arrive in any order, so only a sender that has fallen behind makes them.
      const records = queue.takeCall({ onlyFull: inFlight > 0, maxRecords: oneByOne ? 1 : undefined });
      if (records.length === 0) return;
      inFlight += 1;
      inFlightRecords += records.length;
      void attempt(records);
    }
  };

  const attempt = async (records: readonly T[]): Promise<void> => {
    const beganMs = clock.monotonic();
    const result = await put(records);
    inFlight -= 1;
    inFlightRecords -= records.length;
    const failed = result.kind === 'failed' ? records : result.failed.flatMap((at) => records[at] ?? []);
    // Reported first: once the last record is delivered there may be nobody left to report to.
    onCall(outcomes.of(result, { records, failed, beganMs }));
    settle(records, failed);
    start();
  };

  const settle = (records: readonly T[], failed: readonly T[]): void => {
    const delivered = without(records, failed);
    if (delivered.length > 0) onDelivered(delivered);
    if (failed.length === 0) {
      failures = 0;
      oneByOne &&= queue.size() > 0;
      return;
    }
    queue.putBack(failed);
    failures = delivered.length > 0 ? 1 : failures + 1;
    pause.begin(Math.min(maxBackoffMs, MIN_BACKOFF_MS * 2 ** (failures - 1)) * clock.random());
  };

  return {
    add: (record) => {
      queue.add(record);
      start();
    },
    removeFirst: (mayRemove) => {
      const removed = queue.removeFirst(mayRemove);
      if (removed !== undefined) outcomes.forget(removed);
      return removed;
    },
    hurry: () => {
      maxBackoffMs = MAX_HURRIED_BACKOFF_MS;
      if (pause.isOn()) pause.begin(MAX_HURRIED_BACKOFF_MS * clock.random());
    },
    unsent: () => queue.size() + inFlightRecords,
  };
}

/** Between a failed call and the next. */
interface Pause {
  readonly isOn: () => boolean;
  /** From now on, whatever was left of the one before. */
  readonly begin: (ms: number) => void;
}

function createPause(clock: Pick<Clock, 'after'>, onEnd: () => void): Pause {
  let timer: Timer | undefined;
  return {
    isOn: () => timer !== undefined,
    begin: (ms) => {
      timer?.cancel();
      timer = clock.after(ms, () => {
        timer = undefined;
        onEnd();
      });
    },
  };
}

interface Attempt<T> {
  readonly records: readonly T[];
  readonly failed: readonly T[];
  /** Monotonic ms. */
  readonly beganMs: number;
}

/** Knows which records have failed and are not delivered yet. */
interface Outcomes<T> {
  readonly of: (result: PutResult, attempt: Attempt<T>) => CallOutcome;
  /** It will not be delivered. */
  readonly forget: (record: T) => void;
}

const UNNAMED: Failure = { reason: 'Kinesis refuses records', passes: true };

function createOutcomes<T>(clock: Pick<Clock, 'monotonic'>): Outcomes<T> {
  const behind = new Set<T>();
  return {
    of: (result, { records, failed, beganMs }) => {
      for (const record of records) behind.delete(record);
      for (const record of failed) behind.add(record);
      const isBehind = behind.size > 0;
      if (result.kind === 'failed') {
        return { failure: { reason: result.reason, passes: result.passes }, beganMs, isBehind };
      }
      const failure = failed.length === 0 ? undefined : (result.failure ?? UNNAMED);
      return { failure, beganMs: clock.monotonic(), isBehind };
    },
    forget: (record) => void behind.delete(record),
  };
}

function without<T>(records: readonly T[], others: readonly T[]): readonly T[] {
  const excluded = new Set(others);
  return records.filter((record) => !excluded.has(record));
}
