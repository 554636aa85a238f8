import type { Frame } from '../../protocol/frames.ts';
import type { KeyedRecord } from '../kinesis/request-body.ts';
import { newEntry, release, type SendingQueue, type SpoolEntry } from './spool-entries.ts';
import { createSpoolFiles, type SpoolFilesOptions } from './spool-files.ts';

/** So long a record waits for the disk before it may be sent from memory. */
const MAX_WAIT_MS = 1_000;
/** After a failure the disk is left alone for a while. */
const RETRY_MS = 5_000;
/** Records that were being sent when there was no room may be given up once their call has failed. */
const FULL_RETRY_MS = 1_000;
/** So often we look for what other shippers left that ended meanwhile. */
const CLAIM_EVERY_MS = 15_000;

export interface SpoolOptions extends Omit<SpoolFilesOptions, 'onUnreadable' | 'onQuarantined'> {
  /** No record waits for the disk any more. */
  readonly onIdle: () => void;
}

/** Has each record in a file from before it is sent until it is taken; in memory while the disk fails. */
export interface Spool {
  /** Queues what is there; the ids of our own records in it, of an earlier life of the sender. */
  readonly open: () => Promise<readonly number[]>;
  readonly add: (frame: Frame) => void;
  /** A record's content; undefined if it is lost, which has been told then. */
  readonly read: (entry: SpoolEntry) => Promise<KeyedRecord | undefined>;
  /** These were taken. */
  readonly remove: (entries: readonly SpoolEntry[]) => Promise<void>;
  /** How many records are in memory alone. */
  readonly inMemory: () => number;
}

export function createSpool(options: SpoolOptions): Spool {
  const notice = createNotice(options);
  const files = createSpoolFiles({ ...options, ...notice });
  const memory = createMemory(options.queue, notice);
  let state: 'closed' | 'idle' | 'writing' | 'full' | 'failed' = 'closed';

  const open = async (): Promise<void> => {
    try {
      await files.open((id) => memory.records.has(id));
      state = 'idle';
      void writeAll();
    } catch (error) {
      fail(error);
    }
  };

  const fail = (error: unknown): void => {
    state = 'failed';
    memory.letGo(`the spool cannot be used (${codeOf(error)})`);
    setTimeout(() => void open(), RETRY_MS);
  };

  const writeAll = async (): Promise<void> => {
    if (state !== 'idle' && state !== 'full') return;
    state = 'writing';
    try {
      for (const entry of memory.records.values()) {
        if (entry.frame !== undefined && (await files.write(entry, entry.frame)) === 'full') {
          state = 'full';
          memory.letGo('the spool is full (--spool-bytes)');
          return;
        }
        memory.records.delete(entry.id);
      }
      state = 'idle';
      memory.hold();
      options.onIdle();
    } catch (error) {
      fail(error);
    }
  };

  return {
    open: async () => {
      claimAgainAndAgain(files.claim);
      setInterval(() => state === 'full' && void writeAll(), FULL_RETRY_MS);
      await open();
      return files.ownIds();
    },
    add: (frame) => {
      memory.add(newEntry(frame.id, frame.data.length, frame));
      void writeAll();
    },
    read: files.read,
    remove: async (entries) => {
      for (const { id } of entries) memory.records.delete(id);
      await Promise.all(entries.map(files.remove));
      void writeAll();
    },
    inMemory: () => memory.records.size,
  };
}

/** Records that are to be written, in order. */
interface Memory {
  readonly records: Map<number, SpoolEntry>;
  readonly add: (entry: SpoolEntry) => void;
  /** These and the next ones may be sent before they are written, for this reason. */
  readonly letGo: (why: string) => void;
  /** The next ones are written first. */
  readonly hold: () => void;
}

function createMemory(queue: SendingQueue, notice: Notice): Memory {
  const records = new Map<number, SpoolEntry>();
  let holding = true;

  const letGo = (why: string): void => {
    notice.failing(why);
    holding = false;
    for (const entry of records.values()) release(entry, queue);
  };

  const onWaited = (entry: SpoolEntry): void => {
    if (entry.released || entry.done) return;
    letGo('the spool is too slow');
  };

  return {
    records,
    add: (entry) => {
      records.set(entry.id, entry);
      if (holding) setTimeout(onWaited, MAX_WAIT_MS, entry);
      else release(entry, queue);
    },
    letGo,
    hold: () => {
      notice.well();
      holding = true;
    },
  };
}

function claimAgainAndAgain(claim: () => Promise<void>): void {
  const again = async (): Promise<void> => {
    // A disk that fails is told of by the writing.
    await claim().catch(() => {});
    claimAgainAndAgain(claim);
  };
  setTimeout(() => void again(), CLAIM_EVERY_MS);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

interface Notice {
  readonly failing: (why: string) => void;
  readonly onUnreadable: (file: string) => void;
  readonly onQuarantined: (file: string) => void;
  readonly well: () => void;
}

/** Tells of each failure once, until all is well again. */
function createNotice({ dir, tell }: Pick<SpoolOptions, 'dir' | 'tell'>): Notice {
  let failing: string | undefined;
  return {
    failing: (why) => {
      if (failing === why) return;
      failing = why;
      tell({ kind: 'spool-trouble', text: `${why}: ${dir}; lines wait in memory` });
    },
    onUnreadable: (file) => {
      tell({ kind: 'spool-trouble', text: `${file} in the spool cannot be read: it is set aside, not sent` });
    },
    onQuarantined: (file) => {
      const text = `the sending process died three times of ${file} in the spool: it is set aside, not sent`;
      tell({ kind: 'spool-trouble', text });
    },
    well: () => {
      if (failing === undefined) return;
      failing = undefined;
      tell({ kind: 'spool-well' });
    },
  };
}
