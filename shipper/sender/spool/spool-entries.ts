import type { Frame } from '../../protocol/frames.ts';
import type { PutLoop } from '../kinesis/put-loop.ts';
import type { Queued } from '../kinesis/sending-queue.ts';
import type { SpoolFile } from './spool-folder.ts';

/** Records of earlier shippers have ids below ours, as they are older. */
const FIRST_FOREIGN_ID = -(2 ** 50);

/** A record on its way, in memory or in a file. */
export interface SpoolEntry extends Queued {
  /** Undefined once it is in a file. */
  frame: Frame | undefined;
  file: string | undefined;
  /** It is in the sending queue, or was. */
  released: boolean;
  /** Kinesis took it, or it is given up. */
  done: boolean;
}

/** Where records wait to be sent. */
export type SendingQueue = Pick<PutLoop<SpoolEntry>, 'add' | 'takeOut'>;

/** A record that is neither in a file nor in the queue yet. */
export function newEntry(id: number, bytes: number, frame?: Frame): SpoolEntry {
  return { id, bytes, frame, file: undefined, released: false, done: false };
}

/** Lets a record be sent, if it is not being sent already. */
export function release(entry: SpoolEntry, queue: SendingQueue): void {
  if (entry.released || entry.done) return;
  entry.released = true;
  queue.add(entry);
}

/** The records that are in files, with their sums. */
export interface SpoolEntries {
  readonly keep: (file: string, entry: SpoolEntry) => void;
  /** Forgets the record's file and returns its name. */
  readonly leave: (entry: SpoolEntry) => string | undefined;
  /** Queues a record that was found in a file. */
  readonly take: (file: SpoolFile) => void;
  readonly bytes: () => number;
  /** Ids of this shipper's own records. */
  readonly ownIds: () => readonly number[];
  /** How many records of earlier shippers were found so far. */
  readonly foreign: () => number;
}

export function createSpoolEntries(queue: SendingQueue): SpoolEntries {
  const entries = new Map<string, SpoolEntry>();
  let bytes = 0;
  let foreign = 0;

  const keep = (file: string, entry: SpoolEntry): void => {
    entry.file = file;
    entries.set(file, entry);
    bytes += entry.bytes;
  };

  return {
    keep,
    leave: (entry) => {
      const { file } = entry;
      if (file === undefined || !entries.delete(file)) return undefined;
      entry.file = undefined;
      bytes -= entry.bytes;
      return file;
    },
    take: ({ name, ownId, bytes: size }) => {
      const entry = newEntry(ownId ?? FIRST_FOREIGN_ID + foreign, size);
      if (ownId === undefined) foreign += 1;
      keep(name, entry);
      release(entry, queue);
    },
    bytes: () => bytes,
    ownIds: () => [...entries.values()].flatMap(({ id }) => (id < 0 ? [] : [id])),
    foreign: () => foreign,
  };
}
