/** One shard: an append-only row of records that is trimmed from its front. */
import { comparableSequence, shardIdOf } from './sequence.ts';

/** A record as it is kept. Positions count a shard's records from 0 and survive trimming. */
export interface StoredRecord {
  readonly position: number;
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  /** Base64, as it came and as it goes out: never decoded here. */
  readonly data: string;
  /** Of data and partition key, as the service counts. */
  readonly bytes: number;
  readonly arrivalMs: number;
}

export interface HashRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** How a shard came to be. */
export interface ShardOrigin {
  readonly index: number;
  readonly hashRange: HashRange;
  readonly startingSequenceNumber: string;
  /** Of a split: one; of a merge: two, the adjacent one second. */
  readonly parentIds: readonly string[];
}

/** A shard to read from. */
export interface ShardView extends ShardOrigin {
  readonly id: string;
  /** Set once the shard is closed by a split or merge. */
  readonly endingSequenceNumber: () => string | undefined;
  /** Position of the oldest record still kept. */
  readonly first: () => number;
  /** Position that the next record gets. */
  readonly end: () => number;
  readonly at: (position: number) => StoredRecord | undefined;
  /** Position of the first kept record with this number or a later one. */
  readonly positionFrom: (sequenceNumber: string) => number;
  /** Position of the first kept record that arrived then or later. */
  readonly positionAtTime: (arrivalMs: number) => number;
}

export interface Shard extends ShardView {
  readonly append: (record: Omit<StoredRecord, 'position'>) => StoredRecord;
  /** Lets go of the records before this position; returns their bytes. */
  readonly trimBefore: (position: number) => number;
  readonly close: (endingSequenceNumber: string) => void;
}

export function isOpen(shard: ShardView): boolean {
  return shard.endingSequenceNumber() === undefined;
}

/** Trimmed places are given back once they are this many and half of the row. */
const COMPACT_AT = 1024;

export function createShard(origin: ShardOrigin): Shard {
  let row: (StoredRecord | undefined)[] = [];
  /** Position of `row[0]`, and of the first that was not trimmed. */
  let base = 0;
  let first = 0;
  let ending: string | undefined;

  /** First kept position whose record passes `test`, which holds for all records behind it too. */
  function search(test: (record: StoredRecord) => boolean): number {
    let low = first;
    let high = base + row.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const record = row[middle - base];
      if (record !== undefined && test(record)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    ...origin,
    id: shardIdOf(origin.index),
    endingSequenceNumber: () => ending,
    first: () => first,
    end: () => base + row.length,
    at: (position) => row[position - base],
    positionFrom: (sequenceNumber) => {
      const from = comparableSequence(sequenceNumber);
      return search((record) => record.sequenceNumber >= from);
    },
    positionAtTime: (arrivalMs) => search((record) => record.arrivalMs >= arrivalMs),
    append: (record) => {
      const stored = { ...record, position: base + row.length };
      row.push(stored);
      return stored;
    },
    trimBefore: (position) => {
      let bytes = 0;
      for (const to = Math.min(position, base + row.length); first < to; first += 1) {
        bytes += row[first - base]?.bytes ?? 0;
        row[first - base] = undefined;
      }
      if (first - base >= COMPACT_AT && (first - base) * 2 >= row.length) {
        row = row.slice(first - base);
        base = first;
      }
      return bytes;
    },
    close: (endingSequenceNumber) => {
      ending = endingSequenceNumber;
    },
  };
}
