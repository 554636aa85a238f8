import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  parseSpoolFolderName,
  SPOOL_ORIGIN_PATTERN,
  type SpoolFolderName,
} from '../../protocol/spool-folder-name.ts';
import { isHeld } from './spool-lock.ts';

/** Name of the lock in a shipper's folder. */
export const LOCK = 'lock';
const FILE = new RegExp(`^(${SPOOL_ORIGIN_PATTERN})-(\\d{10})(?:\\.deaths-(\\d))?\\.rec$`);
const UNFINISHED = new RegExp(`^${SPOOL_ORIGIN_PATTERN}-\\d{10}\\.rec\\.tmp$`);

/** What the name of a record's file says. */
export interface RecordFileName {
  /** The start of the shipper that wrote it. */
  readonly origin: string;
  /** The record's number, ten digits. */
  readonly number: string;
  /** Senders that crashed with it alone in flight. */
  readonly crashes: number;
}

/** Undefined if it is not the name of a record that is to be sent. */
export function parseRecordFileName(name: string): RecordFileName | undefined {
  const [, origin, number, crashes = '0'] = FILE.exec(name) ?? [];
  return origin === undefined || number === undefined
    ? undefined
    : { origin, number, crashes: Number(crashes) };
}

/** Whether the records of a folder go to this stream: also where the folder does not say to which. */
export function isFor(stream: string | undefined, folder: SpoolFolderName): boolean {
  return folder.stream === undefined || folder.stream === stream;
}

/**
 * Paths of the folders in `dir` that shippers have made and that `isWanted`, oldest first, without the one named `own`.
 * Rejects if `dir` cannot be read.
 */
export async function otherFolders(
  dir: string,
  own: string,
  isWanted: (folder: SpoolFolderName) => boolean,
): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && entry.name !== own).map(({ name }) => name);
  const wanted = names.filter((name) => {
    const folder = parseSpoolFolderName(name);
    return folder !== undefined && isWanted(folder);
  });
  return wanted.sort().map((name) => join(dir, name));
}

/** Names of records' files, oldest first. None if the folder is another user's. */
export async function recordNames(folder: string): Promise<readonly string[]> {
  return (await fileNames(folder)).filter((name) => parseRecordFileName(name) !== undefined).sort();
}

/** Removes the files that a process which is gone was writing. Rejects when the disk fails. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await fileNames(folder))
    if (UNFINISHED.test(name)) await rm(join(folder, name), { force: true });
}

/** Removes a folder unless it holds anything but locks. */
export async function removeEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch(() => []);
  if (entries.some((name) => !name.startsWith(LOCK))) return;
  for (const name of entries) await rm(join(folder, name), { force: true }).catch(() => {});
  await rmdir(folder).catch(() => {});
}

/** Records for another stream that no shipper at hand sends. */
export interface LeftRecords {
  readonly stream: string;
  readonly records: number;
}

/**
 * What shippers that are gone have left for other streams than `stream`, unless another shipper is there to send it. Folders
 * that are empty are removed. Rejects if `dir` cannot be read.
 */
export async function leftForOthers(
  dir: string,
  own: string,
  stream: string | undefined,
): Promise<readonly LeftRecords[]> {
  const records = new Map<string, number>();
  const served = new Set<string>();
  for (const folder of await otherFolders(dir, own, (named) => !isFor(stream, named))) {
    const name = parseSpoolFolderName(basename(folder))?.stream ?? '';
    if (await isHeld(folder, LOCK)) {
      served.add(name);
      continue;
    }
    const { length } = await recordNames(folder);
    if (length === 0) await removeEmpty(folder);
    else records.set(name, (records.get(name) ?? 0) + length);
  }
  return [...records].flatMap(([name, count]) => (served.has(name) ? [] : { stream: name, records: count }));
}

async function fileNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
