import type { Frame } from '../../protocol/frames.ts';
import type { SenderMessage, SpoolTask } from '../../protocol/messages.ts';
import type { KeyedRecord } from '../kinesis/request-body.ts';
import {
  createSpoolEntries,
  release,
  type SpoolEntries,
  type SpoolEntry,
  type SpoolQueue,
} from './spool-entries.ts';
import { decodeSpoolFile, encodeSpoolFile, type SpoolFileContent } from './spool-file.ts';
import { createSpoolFolder, type SpoolFolder } from './spool-folder.ts';

export interface SpoolFilesOptions extends SpoolTask {
  readonly partitionKey: string;
  readonly queue: SpoolQueue;
  readonly send: (message: SenderMessage) => void;
  readonly onUnreadable: (file: string) => void;
  /** The file was set aside since senders crashed with it. */
  readonly onQuarantined: (file: string) => void;
}

/** Moves records between memory and files; the files have at most `maxBytes`. */
export interface SpoolFiles extends Finder {
  /** Ids of our own records that are in files. */
  readonly ownIds: () => readonly number[];
  /** Moves a record from memory into a file, and lets it be sent. Throws when the disk fails. */
  readonly write: (entry: SpoolEntry, frame: Frame) => Promise<'written' | 'full'>;
  /** Undefined if the file is lost; this has been reported then. */
  readonly read: (entry: SpoolEntry) => Promise<KeyedRecord | undefined>;
  readonly remove: (entry: SpoolEntry) => Promise<void>;
}

export function createSpoolFiles(options: SpoolFilesOptions): SpoolFiles {
  const { dir, maxBytes, dropWhenFull, partitionKey, queue, send, onUnreadable } = options;
  const folder = createSpoolFolder(dir, options.folder);
  const entries = createSpoolEntries(queue);

  const load = async (file: string): Promise<SpoolFileContent | undefined> => {
    const content = await folder.read(file).catch(() => undefined);
    return content === undefined ? undefined : decodeSpoolFile(content);
  };

  const remove = async (entry: SpoolEntry): Promise<void> => {
    entry.done = true;
    const file = entries.remove(entry);
    if (file !== undefined) await folder.remove(file).catch(() => {});
  };

  /** Gives up the oldest record that is not in flight. */
  const dropOldest = async (): Promise<boolean> => {
    const oldest = queue.removeFirst(({ file }) => file !== undefined);
    if (oldest?.file === undefined) return false;
    const lines = oldest.id < 0 ? ((await load(oldest.file))?.lines ?? 0) : 0;
    send(lost(oldest, lines));
    await remove(oldest);
    return true;
  };

  const isFull = (wanted: number): boolean => entries.bytes() + wanted > maxBytes;

  return {
    ...createFinder({ folder, entries, send, onOpened: createQuarantine(options, folder, load) }),
    ownIds: entries.ownIds,
    write: async (entry, frame) => {
      while (isFull(entry.bytes)) {
        if (!dropWhenFull || !(await dropOldest())) return 'full';
      }
      entries.add(await folder.write(frame.id, encodeSpoolFile({ ...frame, partitionKey })), entry);
      entry.frame = undefined;
      // It may have been delivered meanwhile, from memory.
      if (entry.done) await remove(entry);
      else send({ kind: 'spooled', ids: [entry.id] });
      release(entry, queue);
      return 'written';
    },
    read: async (entry) => {
      if (entry.frame !== undefined) return { data: entry.frame.data, partitionKey };
      const content = entry.file === undefined ? undefined : await load(entry.file);
      if (content !== undefined) return content;
      const file = entries.remove(entry);
      send(lost(entry, 0));
      if (file !== undefined) {
        await folder.setAside(file).catch(() => {});
        onUnreadable(file);
      }
      return undefined;
    },
    remove,
  };
}

/** When the spool is opened: counts the last sender's crash against the file that it had alone in flight, if any. */
function createQuarantine(
  { send, onQuarantined, ...options }: SpoolFilesOptions,
  folder: SpoolFolder,
  load: (file: string) => Promise<SpoolFileContent | undefined>,
): () => Promise<void> {
  let { suspectFile } = options;
  return async () => {
    if (suspectFile === undefined) return;
    const aside = await folder.countCrash(suspectFile);
    suspectFile = undefined;
    if (aside === undefined) return;
    onQuarantined(aside.name);
    // The main process knows the lines of our own records.
    if (aside.ownId !== undefined) send({ kind: 'lost', ids: [aside.ownId], lines: 0 });
    else send({ kind: 'lost', ids: [], lines: (await load(aside.name))?.lines ?? 0 });
  };
}

function lost({ id }: SpoolEntry, lines: number): SenderMessage {
  return { kind: 'lost', ids: id < 0 ? [] : [id], lines };
}

interface Finder {
  /** Opens the folder and queues the records in it that are not known yet, except those that are in memory too. */
  readonly open: (isInMemory: (id: number) => boolean) => Promise<void>;
  /** Queues the records of shippers that have ended since. */
  readonly claim: () => Promise<void>;
}

interface FinderOptions {
  readonly folder: SpoolFolder;
  readonly entries: SpoolEntries;
  readonly send: (message: SenderMessage) => void;
  /** The folder is locked; what is in it has not been looked at. */
  readonly onOpened: () => Promise<void>;
}

function createFinder({ folder, entries, send, onOpened }: FinderOptions): Finder {
  /** The records that were there at the start are queued. */
  let known = false;

  const takeAll = async (isInMemory: (id: number) => boolean): Promise<void> => {
    // Moved into the folder first, then listed, so that all records are in one order.
    await folder.claim(() => {});
    for (const file of await folder.list()) {
      if (file.ownId === undefined || !isInMemory(file.ownId)) entries.addFound(file);
    }
    known = true;
  };

  const countFound = async (find: Promise<void>): Promise<void> => {
    const before = entries.earlierCount();
    try {
      await find;
    } finally {
      const records = entries.earlierCount() - before;
      if (records > 0) send({ kind: 'found', records });
    }
  };

  const tellOfOthers = createOthersReport(folder, send);

  return {
    open: async (isInMemory) => {
      await folder.open();
      await onOpened();
      await countFound(known ? folder.claim(entries.addFound) : takeAll(isInMemory));
      // Our own records do not wait for it.
      void tellOfOthers();
    },
    claim: async () => {
      if (known) await countFound(folder.claim(entries.addFound));
      await tellOfOthers();
    },
  };
}

/** Tells, once for each stream, what lies there for it with nobody to send it. */
function createOthersReport(
  folder: Pick<SpoolFolder, 'leftForOthers'>,
  send: FinderOptions['send'],
): () => Promise<void> {
  const told = new Set<string>();
  return async () => {
    // If the disk fails the writing reports it.
    for (const { stream, records } of await folder.leftForOthers().catch(() => [])) {
      if (told.has(stream)) continue;
      told.add(stream);
      send({ kind: 'left', stream, records });
    }
  };
}
