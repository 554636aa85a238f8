import { free } from '../../shared/record/free.ts';
import type { EncodedRecord, NumberedLines } from '../batch/record-encoder.ts';

/**
 * What the sender may hold at once: two full calls and the next one, or four that are not full. It also holds each of
 * them as the body of a request, and a worker writes to one shard, which takes 1 MiB a second.
 */
const MAX_HANDED_OVER_BYTES = 12 * 1024 * 1024;
const MAX_HANDED_OVER_RECORDS = 2_500;
/** Records that the sender held at this many crashes are handed over alone: the next crash shows which one causes it. */
const SUSPECT_CRASHES = 2;
/** A record that the sender held alone at this many crashes is given up. */
const MAX_CRASHES_ALONE = 3;

/** A record that Kinesis does not have yet. */
export interface UnsentRecord extends EncodedRecord {
  readonly id: number;
  /** Crashes of the sender while it held this record, and those while it held nothing else. */
  readonly crashes: number;
  readonly crashesAlone: number;
}

export interface UnsentRecordsOptions {
  /** Bytes of records, while dropping is on. */
  readonly maxBytes: number;
  readonly onLost: (lost: NumberedLines) => void;
}

/** Owns every record from its compression until Kinesis has it, or the sender has it in the spool. */
export interface UnsentRecords {
  readonly add: (record: EncodedRecord) => void;
  /** The next record for the sender; undefined if there is none, or the sender may hold no more. */
  readonly takeNext: () => UnsentRecord | undefined;
  /** Forgets a record and frees its data, since somebody else has it; undefined if it is not here. */
  readonly remove: (id: number) => NumberedLines | undefined;
  /** The sender crashed: what it held waits again, in order. `blamed`: these records may be the cause. */
  readonly takeBack: (blamed: boolean) => void;
  readonly bytes: () => number;
  readonly lines: () => number;
  /** Whether the oldest records that the sender does not hold are dropped past `maxBytes`. At first it is off. */
  readonly setDropping: (dropping: boolean) => void;
}

export function createUnsentRecords({ maxBytes, onLost }: UnsentRecordsOptions): UnsentRecords {
  const maxHandedOverBytes = Math.min(MAX_HANDED_OVER_BYTES, maxBytes / 2);
  let waiting = createRecordList([]);
  let handedOver = createRecordList([]);
  let dropping = false;
  let nextId = 0;

  const mayBeTaken = (record: UnsentRecord): boolean => {
    const first = handedOver.first();
    if (first === undefined) return true;
    if (isSuspect(record) || isSuspect(first)) return false;
    return (
      handedOver.size() < MAX_HANDED_OVER_RECORDS &&
      handedOver.bytes() + record.data.length <= maxHandedOverBytes
    );
  };

  const drop = (record: UnsentRecord): void => {
    waiting.remove(record.id);
    onLost(record);
  };

  const dropOldest = (): void => {
    if (!dropping) return;
    while (waiting.bytes() + handedOver.bytes() > maxBytes) {
      const oldest = waiting.first();
      if (oldest === undefined) return;
      drop(oldest);
    }
  };

  return {
    add: (record) => {
      waiting.add({ ...record, id: nextId, crashes: 0, crashesAlone: 0 });
      nextId += 1;
      dropOldest();
    },
    takeNext: () => {
      const next = waiting.first();
      if (next === undefined || !mayBeTaken(next)) return undefined;
      waiting.remove(next.id);
      handedOver.add(next);
      return next;
    },
    remove: (id) => {
      const record = handedOver.remove(id) ?? waiting.remove(id);
      // Whoever removes it has read all of it, so no part of it is still being written to the sender.
      if (record !== undefined) free(record.data);
      return record;
    },
    takeBack: (blamed) => {
      const alone = handedOver.size() === 1;
      const returned = handedOver.all().map((record) => (blamed ? suspected(record, alone) : record));
      handedOver = createRecordList([]);
      waiting = createRecordList([...returned, ...waiting.all()]);
      for (const record of returned) if (record.crashesAlone >= MAX_CRASHES_ALONE) drop(record);
    },
    bytes: () => waiting.bytes() + handedOver.bytes(),
    lines: () => waiting.lines() + handedOver.lines(),
    setDropping: (value) => {
      dropping = value;
      dropOldest();
    },
  };
}

function suspected(record: UnsentRecord, alone: boolean): UnsentRecord {
  return { ...record, crashes: record.crashes + 1, crashesAlone: record.crashesAlone + Number(alone) };
}

function isSuspect({ crashes }: UnsentRecord): boolean {
  return crashes >= SUSPECT_CRASHES;
}

/** Records in the order of their ids, and their sums. */
interface RecordList {
  readonly add: (record: UnsentRecord) => void;
  readonly remove: (id: number) => UnsentRecord | undefined;
  readonly first: () => UnsentRecord | undefined;
  readonly all: () => readonly UnsentRecord[];
  readonly size: () => number;
  readonly bytes: () => number;
  readonly lines: () => number;
}

function createRecordList(initial: readonly UnsentRecord[]): RecordList {
  const records = new Map<number, UnsentRecord>();
  let bytes = 0;
  let lines = 0;
  const add = (record: UnsentRecord): void => {
    records.set(record.id, record);
    bytes += record.data.length;
    lines += record.lines;
  };
  for (const record of initial) add(record);
  return {
    add,
    remove: (id) => {
      const record = records.get(id);
      if (record === undefined) return undefined;
      records.delete(id);
      bytes -= record.data.length;
      lines -= record.lines;
      return record;
    },
    first: () => records.values().next().value,
    all: () => [...records.values()],
    size: () => records.size,
    bytes: () => bytes,
    lines: () => lines,
  };
}
