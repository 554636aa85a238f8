import { free } from '../../shared/record/free.ts';
import type { NumberedLines, PackedRecord } from '../batch/record-encoder.ts';

/**
 * What the sender may hold at once: two full calls in flight and the next one, or four that are not full. It holds
 * each as a request's body too, and a worker's one shard takes 1 MiB a second.
 */
const MAX_IN_HAND_BYTES = 12 * 1024 * 1024;
const MAX_IN_HAND_RECORDS = 2_500;
/** Records that were in hand at this many deaths of the sender go alone, so that the next one tells whose fault it is. */
const SUSPECT_DEATHS = 2;
/** A record that was alone in hand at this many deaths is set aside. */
const MAX_DEATHS_ALONE = 3;

/** A record that Kinesis has not taken yet. */
export interface Unsent extends PackedRecord {
  readonly id: number;
  /** Deaths of the sender that had it in hand, and those of them at which it had nothing else. */
  readonly deaths: number;
  readonly deathsAlone: number;
}

export interface OutboxOptions {
  readonly maxBytes: number;
  /** Drops the oldest record that is not in the sender's hands when there is no room. */
  readonly dropWhenFull: boolean;
  readonly onLost: (lost: NumberedLines) => void;
}

/** Owns every record from its compression until Kinesis took it, or the sender has it in the spool. */
export interface Outbox {
  readonly add: (record: PackedRecord) => void;
  /** The next record for the sender's hands, undefined while there is none or they are full. */
  readonly take: () => Unsent | undefined;
  /** It is somebody else's now, its data is gone; undefined if it was already. */
  readonly settle: (id: number) => NumberedLines | undefined;
  /** The sender died: what it had in hand waits again, in order; `blamed` if that may be the reason. */
  readonly takeBack: (blamed: boolean) => void;
  readonly bytes: () => number;
  readonly lines: () => number;
  /** From now on nothing is dropped for want of room: what waits is all there will be. */
  readonly seal: () => void;
}

export function createOutbox({ maxBytes, dropWhenFull, onLost }: OutboxOptions): Outbox {
  const maxInHandBytes = Math.min(MAX_IN_HAND_BYTES, maxBytes / 2);
  let waiting = createShelf([]);
  let inHand = createShelf([]);
  let dropping = dropWhenFull;
  let nextId = 0;

  const tooMuch = (): boolean => dropping && waiting.bytes() + inHand.bytes() > maxBytes;

  const mayTake = (record: Unsent): boolean => {
    const held = inHand.first();
    if (held === undefined) return true;
    if (isSuspect(record) || isSuspect(held)) return false;
    return inHand.size() < MAX_IN_HAND_RECORDS && inHand.bytes() + record.data.length <= maxInHandBytes;
  };

  const lose = (record: Unsent): void => {
    waiting.remove(record.id);
    onLost(record);
  };

  return {
    add: (record) => {
      waiting.put({ ...record, id: nextId, deaths: 0, deathsAlone: 0 });
      nextId += 1;
      while (tooMuch()) {
        const oldest = waiting.first();
        if (oldest === undefined) return;
        lose(oldest);
      }
    },
    take: () => {
      const next = waiting.first();
      if (next === undefined || !mayTake(next)) return undefined;
      waiting.remove(next.id);
      inHand.put(next);
      return next;
    },
    settle: (id) => {
      const record = inHand.remove(id) ?? waiting.remove(id);
      // Whoever settles it has read all of it, so that nothing of it is still being written to the sender.
      if (record !== undefined) free(record.data);
      return record;
    },
    takeBack: (blamed) => {
      const alone = inHand.size() === 1;
      const back = inHand.all().map((record) => ({
        ...record,
        deaths: record.deaths + Number(blamed),
        deathsAlone: record.deathsAlone + Number(blamed && alone),
      }));
      inHand = createShelf([]);
      waiting = createShelf([...back, ...waiting.all()]);
      for (const record of back) if (record.deathsAlone >= MAX_DEATHS_ALONE) lose(record);
    },
    bytes: () => waiting.bytes() + inHand.bytes(),
    lines: () => waiting.lines() + inHand.lines(),
    seal: () => {
      dropping = false;
    },
  };
}

function isSuspect({ deaths }: Unsent): boolean {
  return deaths >= SUSPECT_DEATHS;
}

/** Records in order of their ids, with their sums. */
interface Shelf {
  readonly put: (record: Unsent) => void;
  readonly remove: (id: number) => Unsent | undefined;
  readonly first: () => Unsent | undefined;
  readonly all: () => readonly Unsent[];
  readonly size: () => number;
  readonly bytes: () => number;
  readonly lines: () => number;
}

function createShelf(initial: readonly Unsent[]): Shelf {
  const records = new Map<number, Unsent>();
  let bytes = 0;
  let lines = 0;
  const put = (record: Unsent): void => {
    records.set(record.id, record);
    bytes += record.data.length;
    lines += record.lines;
  };
  for (const record of initial) put(record);
  return {
    put,
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
