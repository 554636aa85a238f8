import { lstat, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSpoolFolderName } from '../../protocol/spool-folder-name.ts';
import {
  isFor,
  type LeftRecords,
  LOCK,
  leftForOthers,
  otherFolders,
  parseRecordFileName,
  recordNames,
  removeEmpty,
  removeUnfinished,
} from './spool-directory.ts';
import { holdLock, isHeld } from './spool-lock.ts';

/**
 * Each shipper has a folder in the spool's directory, named by its start and its stream, with a lock and one file per record.
 * A file is named by the start that it was written in and the record's number, so that names sort by age; and by the number
 * of senders that crashed with it alone in flight, in whichever folder it was by then. Anything with another name is not
 * ours.
 */

/** Other users must not read the lines. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** A file that was alone in flight at this many crashes of a sender is set aside. */
const MAX_CRASHES_ALONE = 3;

export interface SpoolFile {
  readonly name: string;
  readonly bytes: number;
  /** The record's number, if it is a record of this shipper. */
  readonly ownId: number | undefined;
}

/** One shipper's folder. All functions throw or reject when the disk fails. */
export interface SpoolFolder {
  /** Makes or finds the folder and locks it; to be called again when it was lost. */
  readonly open: () => Promise<void>;
  /**
   * Moves the files of shippers that are gone into this folder, oldest first: those that are for the same stream, and those
   * whose folder does not say for which.
   */
  readonly claim: (onClaimed: (file: SpoolFile) => void) => Promise<void>;
  /** What is there for other streams, if nobody is there to send it. */
  readonly leftForOthers: () => Promise<readonly LeftRecords[]>;
  /** Records' files, oldest first. */
  readonly list: () => Promise<readonly SpoolFile[]>;
  /** Writes a record's file, as a whole or not at all, and returns its name. */
  readonly write: (id: number, parts: readonly Buffer[]) => Promise<string>;
  readonly read: (name: string) => Promise<Buffer>;
  readonly remove: (name: string) => Promise<void>;
  /** Renames a file that cannot be read, so that nobody looks at it again. */
  readonly setAside: (name: string) => Promise<void>;
  /** A sender crashed with this file alone in flight: counts that, and sets it aside the third time. The file, if so. */
  readonly countCrash: (name: string) => Promise<SpoolFile | undefined>;
}

/** The folder `own` in `dir`; it is made when it is opened. */
export function createSpoolFolder(dir: string, own: string): SpoolFolder {
  const folder = join(dir, own);
  const { origin, stream } = parseSpoolFolderName(own) ?? { origin: own, stream: undefined };
  const at = (name: string): string => join(folder, name);
  let unlock: (() => void) | undefined;

  const describe = async (name: string): Promise<SpoolFile> => {
    const { size } = await stat(at(name));
    return { name, bytes: size, ownId: ownIdOf(name, origin) };
  };

  return {
    open: async () => {
      unlock?.();
      unlock = await lockFolder(dir, own);
    },
    claim: async (onClaimed) => {
      for (const other of await otherFolders(dir, own, (named) => isFor(stream, named))) {
        if (await isHeld(other, LOCK)) continue;
        await removeUnfinished(other);
        for (const name of await recordNames(other)) {
          // Another shipper may do the same at this moment: each file goes to one of the two.
          const moved = await rename(join(other, name), at(name)).then(isDone, isOthers);
          if (moved) onClaimed(await describe(name));
        }
        await removeEmpty(other);
      }
    },
    leftForOthers: () => leftForOthers(dir, own, stream),
    list: async () => {
      await removeUnfinished(folder);
      const files: SpoolFile[] = [];
      for (const name of await recordNames(folder)) files.push(await describe(name));
      return files;
    },
    write: async (id, parts) => {
      const name = `${origin}-${String(id).padStart(10, '0')}.rec`;
      const temporary = at(`${name}.tmp`);
      try {
        // Not synced to the disk: what is written outlives this process, and the checksum shows a torn file.
        await writeFile(temporary, Buffer.concat(parts), { mode: FILE_MODE });
        await rename(temporary, at(name));
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {});
        throw error;
      }
      return name;
    },
    read: (name) => readFile(at(name)),
    remove: (name) => rm(at(name), { force: true }),
    setAside: (name) => rename(at(name), at(`${name}.unreadable`)),
    countCrash: async (name) => {
      const file = parseRecordFileName(name);
      if (file === undefined) return undefined;
      const count = file.crashes + 1;
      const isLast = count >= MAX_CRASHES_ALONE;
      const next = `${file.origin}-${file.number}.${isLast ? 'rec.quarantine' : `deaths-${count}.rec`}`;
      // It may have been delivered after all, or another shipper may have it by now.
      const moved = await rename(at(name), at(next)).then(isDone, isOthers);
      if (!moved || !isLast) return undefined;
      const { size } = await stat(at(next));
      return { name: next, bytes: size, ownId: ownIdOf(name, origin) };
    },
  };
}

/** The number in a file's name, if the shipper of this start wrote it. */
function ownIdOf(name: string, origin: string): number | undefined {
  const file = parseRecordFileName(name);
  return file?.origin === origin ? Number(file.number) : undefined;
}

/** A folder becomes visible with its lock in it: without a lock, or with one that nobody holds, its owner is gone. */
async function lockFolder(dir: string, own: string): Promise<() => void> {
  await mkdir(dir, { recursive: true, mode: FOLDER_MODE });
  if (await exists(join(dir, own))) {
    const fresh = `${LOCK}-${process.pid}`;
    await rm(join(dir, own, fresh), { force: true });
    const unlock = await holdLock(join(dir, own), fresh);
    await rename(join(dir, own, fresh), join(dir, own, LOCK));
    return unlock;
  }
  const hidden = join(dir, `.${own}`);
  await rm(hidden, { recursive: true, force: true });
  await mkdir(hidden, { mode: FOLDER_MODE });
  const unlock = await holdLock(hidden, LOCK);
  await rename(hidden, join(dir, own));
  return unlock;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(isDone, () => false);
}

function isDone(): true {
  return true;
}

function isOthers(error: unknown): false {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'EACCES') throw error;
  return false;
}
