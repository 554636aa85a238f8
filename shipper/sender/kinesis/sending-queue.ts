/** PutRecords: docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html; bytes stay well below its limit. */
const MAX_CALL_RECORDS = 500;
const MAX_CALL_BYTES = 4 * 1024 * 1024;

/** What the queue has to know of a record: its place in the order, and its size. */
export interface QueuedRecord {
  readonly id: number;
  readonly bytes: number;
}

interface CallOptions {
  readonly onlyFull: boolean;
  /** By default as many as the service accepts. */
  readonly maxRecords?: number | undefined;
}

/** Records that wait to be sent, in the order of their ids. */
export interface SendingQueue<T extends QueuedRecord> {
  readonly add: (record: T) => void;
  /** Records that were taken and not sent. */
  readonly putBack: (records: readonly T[]) => void;
  /** As many records from the front as fit into one call; none if only a full call will do and it would not be full. */
  readonly takeCall: (options: CallOptions) => readonly T[];
  /** Removes the first record that may be removed, and returns it. */
  readonly removeFirst: (mayRemove: (record: T) => boolean) => T | undefined;
  readonly size: () => number;
}

export function createSendingQueue<T extends QueuedRecord>(): SendingQueue<T> {
  let queue: T[] = [];

  return {
    add: (record) => {
      const late = record.id < (queue.at(-1)?.id ?? record.id);
      queue.push(record);
      if (late) queue.sort(byId);
    },
    putBack: (records) => {
      // Sorted, since other calls may have failed as well.
      queue = [...records, ...queue].sort(byId);
    },
    takeCall: ({ onlyFull, maxRecords = MAX_CALL_RECORDS }) => {
      const { count, full } = measureCall(queue, maxRecords);
      if (onlyFull && !full) return [];
      const records = queue.slice(0, count);
      queue = queue.slice(count);
      return records;
    },
    removeFirst: (mayRemove) => {
      const at = queue.findIndex(mayRemove);
      return at === -1 ? undefined : queue.splice(at, 1)[0];
    },
    size: () => queue.length,
  };
}

function byId(one: QueuedRecord, other: QueuedRecord): number {
  return one.id - other.id;
}

/** How many records make a call; `full` if there was no room for the next. */
function measureCall(
  queue: readonly QueuedRecord[],
  maxRecords: number,
): { readonly count: number; readonly full: boolean } {
  let bytes = 0;
  let count = 0;
  for (const record of queue) {
    if (count === maxRecords || (count > 0 && bytes + record.bytes > MAX_CALL_BYTES)) {
      return { count, full: true };
    }
    bytes += record.bytes;
    count += 1;
  }
  return { count, full: count === maxRecords };
}
