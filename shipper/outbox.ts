import type { NumberedLines, PackedRecord } from './packer.ts';

/** What the sender may hold at once: enough for its calls in flight and the next one. */
const MAX_IN_HAND_BYTES = 20 * 1024 * 1024;
const MAX_IN_HAND_RECORDS = 2_500;
/** A record that was in hand at this many deaths of the sender, the last time alone, is set aside. */
const MAX_DEATHS = 3;

/** A record that Kinesis has not taken yet. */
export interface Unsent extends PackedRecord {
  readonly id: number;
  readonly deaths: number;
}

export interface OutboxOptions {
  readonly maxBytes: number;
  /** Drops the oldest record that is not in the sender's hands when there is no room. */
  readonly dropWhenFull: boolean;
  readonly onLost: (lost: NumberedLines) => void;
}

/** Owns every record from its compression until Kinesis took it. */
export interface Outbox {
  readonly add: (record: PackedRecord) => void;
  /** The next record for the sender's hands, undefined while there is none or they are full. */
  readonly take: () => Unsent | undefined;
  readonly settle: (id: number) => void;
  /** The sender died: what it had in hand waits again, in order. */
  readonly takeBack: () => void;
  readonly bytes: () => number;
  readonly lines: () => number;
  /** From now on nothing is dropped for want of room: what waits is all there will be. */
  readonly seal: () => void;
}

export function createOutbox({ maxBytes, dropWhenFull, onLost }: OutboxOptions): Outbox {
  const maxInHandBytes = Math.min(MAX_IN_HAND_BYTES, maxBytes / 2);
  // Both by id, in order of insertion, which is the order of ids.
  let waiting = new Map<number, Unsent>();
  const inHand = new Map<number, Unsent>();
  let dropping = dropWhenFull;
  let nextId = 0;
  let bytes = 0;
  let inHandBytes = 0;
  let lines = 0;

  const forget = (record: Unsent): void => {
    bytes -= record.data.length;
    lines -= record.lines;
  };

  const dropOldest = (): boolean => {
    const [oldest] = waiting.values();
    if (oldest === undefined) return false;
    waiting.delete(oldest.id);
    forget(oldest);
    onLost(oldest);
    return true;
  };

  /** A record that was there at two deaths goes alone, so that a third one tells whose fault it is. */
  const suspect = (record: Unsent): boolean => record.deaths >= MAX_DEATHS - 1;

  const mayTake = (record: Unsent): boolean => {
    if (inHand.size === 0) return true;
    const [first] = inHand.values();
    if (suspect(record) || (first !== undefined && suspect(first))) return false;
    return inHand.size < MAX_IN_HAND_RECORDS && inHandBytes + record.data.length <= maxInHandBytes;
  };

  return {
    add: (record) => {
      const id = nextId;
      nextId += 1;
      waiting.set(id, { ...record, id, deaths: 0 });
      bytes += record.data.length;
      lines += record.lines;
      while (dropping && bytes > maxBytes && dropOldest());
    },
    take: () => {
      const [next] = waiting.values();
      if (next === undefined || !mayTake(next)) return undefined;
      waiting.delete(next.id);
      inHand.set(next.id, next);
      inHandBytes += next.data.length;
      return next;
    },
    settle: (id) => {
      const record = inHand.get(id);
      if (record === undefined) return;
      inHand.delete(id);
      inHandBytes -= record.data.length;
      forget(record);
    },
    takeBack: () => {
      const alone = inHand.size === 1;
      const back = [...inHand.values()].map((record) => ({ ...record, deaths: record.deaths + 1 }));
      inHand.clear();
      inHandBytes = 0;
      const poison = back.filter((record) => alone && record.deaths >= MAX_DEATHS);
      waiting = new Map([...back, ...waiting.values()].map((record) => [record.id, record]));
      for (const record of poison) {
        waiting.delete(record.id);
        forget(record);
        onLost(record);
      }
    },
    bytes: () => bytes,
    lines: () => lines,
    seal: () => {
      dropping = false;
    },
  };
}
