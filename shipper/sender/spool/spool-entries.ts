import type { Frame } from '../../protocol/frames.ts';
import type { PutLoop } from '../kinesis/put-loop.ts';
import type { QueuedRecord } from '../kinesis/sending-queue.ts';
import type { SpoolFile } from './spool-folder.ts';

/** Records of earlier shippers get ids below ours, since they are older. */
const FIRST_EARLIER_ID = -(2 ** 50);

/** A record that the sender has, in memory or in a file. */
export interface SpoolEntry extends QueuedRecord {
  /** Undefined once it is in a file. */
  frame: Frame | undefined;
  file: string | undefined;
  /** It is in the sending queue, or was. */
  released: boolean;
  /** Kinesis has it, or it is given up. */
  done: boolean;
}

/** Where records wait to be sent. */
export type SpoolQueue = Pick<PutLoop<SpoolEntry>, 'add' | 'removeFirst'>;

/** A record that is neither in a file nor in the queue yet. */
export function newEntry(id: number, bytes: number, frame?: Frame): SpoolEntry {
  return { id, bytes, frame, file: undefined, released: false, done: false };
}

/** Lets a record be sent, if it is not being sent already. */
export function release(entry: SpoolEntry, queue: SpoolQueue): void {
  if (entry.released || entry.done) return;
  entry.released = true;
  queue.add(entry);
}

/** The records that are in files, and their sums. */
export interface SpoolEntries {
  readonly add: (file: string, entry: SpoolEntry) => void;
  /** Forgets the record's file and returns its name. */
  readonly remove: (entry: SpoolEntry) => string | undefined;
  /** Queues a record that was found in a file. */
  readonly addFound: (file: SpoolFile) => void;
  readonly bytes: () => number;
  /** Ids of this shipper's own records. */
  readonly ownIds: () => readonly number[];
  /** How many records of earlier shippers were found so far. */
  readonly earlierCount: () => number;
}

export function createSpoolEntries(queue: SpoolQueue): SpoolEntries {
  const entries = new Map<string, SpoolEntry>();
  let bytes = 0;
  let earlier = 0;

  const add = (file: string, entry: SpoolEntry): void => {
    entry.file = file;
    entries.set(file, entry);
    bytes += entry.bytes;
  };

  return {
    add,
    remove: (entry) => {
      const { file } = entry;
      if (file === undefined || !entries.delete(file)) return undefined;
      entry.file = undefined;
      bytes -= entry.bytes;
      return file;
    },
    addFound: ({ name, ownId, bytes: size }) => {
      const entry = newEntry(ownId ?? FIRST_EARLIER_ID + earlier, size);
      if (ownId === undefined) earlier += 1;
      add(name, entry);
      release(entry, queue);
    },
    bytes: () => bytes,
    ownIds: () => [...entries.values()].flatMap(({ id }) => (id < 0 ? [] : [id])),
    earlierCount: () => earlier,
  };
}
