import type { Frame } from '../../protocol/frames.ts';
import type { SenderMessage, SpoolTask } from '../../protocol/messages.ts';
import type { KeyedRecord } from '../kinesis/request-body.ts';
import {
  createSpoolEntries,
  release,
  type SendingQueue,
  type SpoolEntries,
  type SpoolEntry,
} from './spool-entries.ts';
import { decodeSpoolFile, encodeSpoolFile, type SpooledRecord } from './spool-file.ts';
import { createSpoolFolder, type SpoolFolder } from './spool-folder.ts';

export interface SpoolFilesOptions extends SpoolTask {
  readonly partitionKey: string;
  readonly queue: SendingQueue;
  readonly tell: (message: SenderMessage) => void;
  readonly onUnreadable: (file: string) => void;
  /** The file was set aside since senders died of it. */
  readonly onQuarantined: (file: string) => void;
}

/** Moves records between memory and files, at most `maxBytes` of them. */
export interface SpoolFiles extends Finder {
  /** Ids of our own records that are in files. */
  readonly ownIds: () => readonly number[];
  /** Moves a record from memory into a file, and lets it be sent. Throws when the disk fails. */
  readonly write: (entry: SpoolEntry, frame: Frame) => Promise<'written' | 'full'>;
  /** Undefined if the file is lost, which has been told then. */
  readonly read: (entry: SpoolEntry) => Promise<KeyedRecord | undefined>;
  readonly remove: (entry: SpoolEntry) => Promise<void>;
}

export function createSpoolFiles(options: SpoolFilesOptions): SpoolFiles {
  const { dir, maxBytes, dropWhenFull, partitionKey, queue, tell, onUnreadable } = options;
  const folder = createSpoolFolder(dir, options.folder);
  const entries = createSpoolEntries(queue);

  const load = async (file: string): Promise<SpooledRecord | undefined> => {
    const content = await folder.read(file).catch(() => undefined);
    return content === undefined ? undefined : decodeSpoolFile(content);
  };

  const remove = async (entry: SpoolEntry): Promise<void> => {
    entry.done = true;
    const file = entries.leave(entry);
    if (file !== undefined) await folder.remove(file).catch(() => {});
  };

  /** Gives up the oldest record that is not being sent. */
  const dropOldest = async (): Promise<boolean> => {
    const oldest = queue.takeOut(({ file }) => file !== undefined);
    if (oldest?.file === undefined) return false;
    const lines = oldest.id < 0 ? ((await load(oldest.file))?.lines ?? 0) : 0;
    tell(lost(oldest, lines));
    await remove(oldest);
    return true;
  };

  const isFull = (wanted: number): boolean => entries.bytes() + wanted > maxBytes;

  return {
    ...createFinder({ folder, entries, tell, onOpened: createJudge(options, folder, load) }),
    ownIds: entries.ownIds,
    write: async (entry, frame) => {
      while (isFull(entry.bytes)) {
        if (!dropWhenFull || !(await dropOldest())) return 'full';
      }
      entries.keep(await folder.write(frame.id, encodeSpoolFile({ ...frame, partitionKey })), entry);
      entry.frame = undefined;
      // Taken meanwhile: it was sent from memory.
      if (entry.done) await remove(entry);
      else tell({ kind: 'spooled', ids: [entry.id] });
      release(entry, queue);
      return 'written';
    },
    read: async (entry) => {
      if (entry.frame !== undefined) return { data: entry.frame.data, partitionKey };
      const content = entry.file === undefined ? undefined : await load(entry.file);
      if (content !== undefined) return content;
      const file = entries.leave(entry);
      tell(lost(entry, 0));
      if (file !== undefined) {
        await folder.setAside(file).catch(() => {});
        onUnreadable(file);
      }
      return undefined;
    },
    remove,
  };
}

/** Holds the last sender's death, once, against the file that it had alone in hand. */
function createJudge(
  { tell, onQuarantined, ...options }: SpoolFilesOptions,
  folder: SpoolFolder,
  load: (file: string) => Promise<SpooledRecord | undefined>,
): () => Promise<void> {
  let { blamed } = options;
  return async () => {
    if (blamed === undefined) return;
    const aside = await folder.blame(blamed);
    blamed = undefined;
    if (aside === undefined) return;
    onQuarantined(aside.name);
    // The lines of our own records are known to our parent.
    if (aside.ownId !== undefined) tell({ kind: 'lost', ids: [aside.ownId], lines: 0 });
    else tell({ kind: 'lost', ids: [], lines: (await load(aside.name))?.lines ?? 0 });
  };
}

function lost({ id }: SpoolEntry, lines: number): SenderMessage {
  return { kind: 'lost', ids: id < 0 ? [] : [id], lines };
}

interface Finder {
  /** Opens the folder and queues what is there and not known yet, but for records that `isInMemory`. */
  readonly open: (isInMemory: (id: number) => boolean) => Promise<void>;
  /** Queues what shippers left that ended since. */
  readonly claim: () => Promise<void>;
}

interface FinderOptions {
  readonly folder: SpoolFolder;
  readonly entries: SpoolEntries;
  readonly tell: (message: SenderMessage) => void;
  /** The folder is ours; what is in it has not been looked at. */
  readonly onOpened: () => Promise<void>;
}

function createFinder({ folder, entries, tell, onOpened }: FinderOptions): Finder {
  /** What was there at the start is queued. */
  let known = false;

  const takeAll = async (isInMemory: (id: number) => boolean): Promise<void> => {
    // First into the folder, then listed: so all is in one order.
    await folder.claim(() => {});
    for (const file of await folder.list()) {
      if (file.ownId === undefined || !isInMemory(file.ownId)) entries.take(file);
    }
    known = true;
  };

  const andTell = async (find: Promise<void>): Promise<void> => {
    const before = entries.foreign();
    try {
      await find;
    } finally {
      const records = entries.foreign() - before;
      if (records > 0) tell({ kind: 'found', records });
    }
  };

  return {
    open: async (isInMemory) => {
      await folder.open();
      await onOpened();
      await andTell(known ? folder.claim(entries.take) : takeAll(isInMemory));
    },
    claim: async () => {
      if (known) await andTell(folder.claim(entries.take));
    },
  };
}
