import type { Frame } from './frames.ts';

/** PutRecords: docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html; bytes kept well below its limit. */
const MAX_CALL_RECORDS = 500;
const MAX_CALL_BYTES = 4 * 1024 * 1024;
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

export interface PutLoopOptions {
  readonly put: (data: readonly Buffer[]) => Promise<PutResult>;
  readonly onTaken: (ids: readonly number[]) => void;
  /** Undefined: it works again. */
  readonly onTrouble: (trouble: string | undefined) => void;
  /** In [0, 1). */
  readonly random: () => number;
  readonly schedule: (task: () => void, delayMs: number) => () => void;
}

/** Sends records for ever, in order as far as PutRecords keeps it. */
export interface PutLoop {
  readonly add: (record: Frame) => void;
  /** From now on wait no longer than a second between attempts. */
  readonly hurry: () => void;
  readonly unsent: () => number;
}

export function createPutLoop({ put, onTaken, onTrouble, random, schedule }: PutLoopOptions): PutLoop {
  let queue: Frame[] = [];
  let inFlight = 0;
  let inFlightRecords = 0;
  let failures = 0;
  let maxBackoffMs = MAX_BACKOFF_MS;
  let cancelWait: (() => void) | undefined;

  const start = (): void => {
    if (cancelWait !== undefined) return;
    while (inFlight < MAX_CALLS && queue.length > 0) {
      const call = takeCall(queue);
      // Calls side by side may arrive in any order, so they are for those who are behind.
      if (inFlight > 0 && !call.full) return;
      queue = queue.slice(call.records.length);
      inFlight += 1;
      inFlightRecords += call.records.length;
      void attempt(call.records);
    }
  };

  const attempt = async (records: readonly Frame[]): Promise<void> => {
    const result = await put(records.map(({ data }) => data));
    inFlight -= 1;
    inFlightRecords -= records.length;
    const failed = result.kind === 'failed' ? records : result.failed.flatMap((at) => records[at] ?? []);
    // Told first: with the last record taken there may be nobody left to tell.
    onTrouble(result.kind === 'failed' ? result.trouble : undefined);
    settle(records, failed);
    start();
  };

  const settle = (records: readonly Frame[], failed: readonly Frame[]): void => {
    const again = new Set(failed);
    const taken = records.filter((record) => !again.has(record));
    if (taken.length > 0) onTaken(taken.map(({ id }) => id));
    if (failed.length === 0) {
      failures = 0;
      return;
    }
    // Other calls may have failed as well: the queue stays in the order in which it came.
    queue = [...failed, ...queue].sort((one, other) => one.id - other.id);
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
      queue.push(record);
      start();
    },
    hurry: () => {
      maxBackoffMs = MAX_HURRIED_BACKOFF_MS;
      if (cancelWait !== undefined) wait(MAX_HURRIED_BACKOFF_MS * random());
    },
    unsent: () => queue.length + inFlightRecords,
  };
}

/** As many records from the front as go into one call; `full` if there was no room for the next. */
function takeCall(queue: readonly Frame[]): { readonly records: readonly Frame[]; readonly full: boolean } {
  let bytes = 0;
  let count = 0;
  for (const { data } of queue) {
    if (count === MAX_CALL_RECORDS || (count > 0 && bytes + data.length > MAX_CALL_BYTES)) {
      return { records: queue.slice(0, count), full: true };
    }
    bytes += data.length;
    count += 1;
  }
  return { records: queue, full: count === MAX_CALL_RECORDS };
}
