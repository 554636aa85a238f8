import type { Clock } from '../../../shared/base/clock.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { KeyedRecord } from '../kinesis/request-body.ts';
import { newEntry, release, type SpoolEntry, type SpoolQueue } from './spool-entries.ts';
import { createSpoolFiles, type SpoolFiles, type SpoolFilesOptions } from './spool-files.ts';

/** A record waits this long for the disk before it may be sent from memory. */
const MAX_WAIT_MS = 1_000;
/** After a failure the disk is left alone for a while. */
const RETRY_MS = 5_000;
/** When the spool is full: how often it is tried again, since failed calls make records in it droppable. */
const FULL_RETRY_MS = 1_000;
/** How often we look for records of shippers that have ended meanwhile. */
const CLAIM_EVERY_MS = 15_000;

type SpoolClock = Pick<Clock, 'after' | 'every'>;

export interface SpoolOptions extends Omit<SpoolFilesOptions, 'onUnreadable' | 'onQuarantined'> {
  readonly clock: SpoolClock;
  /** No record waits for the disk any more. */
  readonly onIdle: () => void;
}

/** Keeps each record in a file from before it is sent until it is delivered; in memory while the disk fails. */
export interface Spool {
  /** Queues the records in the folder; returns the ids of our own, which an earlier sender has written. */
  readonly open: () => Promise<readonly number[]>;
  readonly add: (frame: Frame) => void;
  /** A record's content; undefined if it is lost, which has been reported then. */
  readonly read: (entry: SpoolEntry) => Promise<KeyedRecord | undefined>;
  /** These were delivered. */
  readonly remove: (entries: readonly SpoolEntry[]) => Promise<void>;
  /** How many records are only in memory. */
  readonly inMemory: () => number;
}

export function createSpool(options: SpoolOptions): Spool {
  const { clock } = options;
  const reporter = createFailureReporter(options);
  const files = createSpoolFiles({ ...options, ...reporter });
  const unwritten = createUnwrittenRecords(options, reporter);
  let state: 'closed' | 'idle' | 'writing' | 'full' | 'failed' = 'closed';

  const open = async (): Promise<void> => {
    try {
      await files.open((id) => unwritten.records.has(id));
      state = 'idle';
      void writeAll();
    } catch (error) {
      fail(error);
    }
  };

  const fail = (error: unknown): void => {
    state = 'failed';
    unwritten.releaseAll(`the spool cannot be used (${codeOf(error)})`);
    clock.after(RETRY_MS, () => void open());
  };

  const writeAll = async (): Promise<void> => {
    if (state !== 'idle' && state !== 'full') return;
    state = 'writing';
    try {
      if (!(await writeEach(unwritten.records, files))) {
        state = 'full';
        unwritten.releaseAll('the spool is full (--spool-bytes)');
        return;
      }
      state = 'idle';
      unwritten.holdNext();
      options.onIdle();
    } catch (error) {
      fail(error);
    }
  };

  return {
    open: async () => {
      claimRegularly(clock, files.claim);
      clock.every(FULL_RETRY_MS, () => state === 'full' && void writeAll());
      await open();
      return files.ownIds();
    },
    add: (frame) => {
      unwritten.add(newEntry(frame.id, frame.data.length, frame));
      void writeAll();
    },
    read: files.read,
    remove: async (entries) => {
      for (const { id } of entries) unwritten.records.delete(id);
      await Promise.all(entries.map(files.remove));
      void writeAll();
    },
    inMemory: () => unwritten.records.size,
  };
}

/** Writes the records to files, also those that are added meanwhile; false if there is no room for one. */
async function writeEach(records: Map<number, SpoolEntry>, files: SpoolFiles): Promise<boolean> {
  for (const entry of records.values()) {
    if (entry.frame !== undefined && (await files.write(entry, entry.frame)) === 'full') return false;
    records.delete(entry.id);
  }
  return true;
}

/** Records that are to be written, in order. */
interface UnwrittenRecords {
  readonly records: Map<number, SpoolEntry>;
  readonly add: (entry: SpoolEntry) => void;
  /** These and the next ones may be sent before they are written, for this reason. */
  readonly releaseAll: (why: string) => void;
  /** From now on records are written before they are sent. */
  readonly holdNext: () => void;
}

function createUnwrittenRecords(
  { queue, clock }: { readonly queue: SpoolQueue; readonly clock: SpoolClock },
  reporter: FailureReporter,
): UnwrittenRecords {
  const records = new Map<number, SpoolEntry>();
  let holding = true;

  const releaseAll = (why: string): void => {
    reporter.failing(why);
    holding = false;
    for (const entry of records.values()) release(entry, queue);
  };

  const onWaited = (entry: SpoolEntry): void => {
    if (entry.released || entry.done) return;
    releaseAll('the spool is too slow');
  };

  return {
    records,
    add: (entry) => {
      records.set(entry.id, entry);
      if (holding) clock.after(MAX_WAIT_MS, () => onWaited(entry));
      else release(entry, queue);
    },
    releaseAll,
    holdNext: () => {
      reporter.working();
      holding = true;
    },
  };
}

function claimRegularly(clock: SpoolClock, claim: () => Promise<void>): void {
  const claimNow = async (): Promise<void> => {
    // If the disk fails the writing reports it.
    await claim().catch(() => {});
    claimRegularly(clock, claim);
  };
  clock.after(CLAIM_EVERY_MS, () => void claimNow());
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

interface FailureReporter {
  readonly failing: (why: string) => void;
  readonly onUnreadable: (file: string) => void;
  readonly onQuarantined: (file: string) => void;
  readonly working: () => void;
}

/** Reports each failure once, until the spool works again. */
function createFailureReporter({ dir, send }: Pick<SpoolOptions, 'dir' | 'send'>): FailureReporter {
  let failing: string | undefined;
  return {
    failing: (why) => {
      if (failing === why) return;
      failing = why;
      send({ kind: 'spool-failing', reason: `${why}: ${dir}; lines wait in memory` });
    },
    onUnreadable: (file) => {
      send({
        kind: 'spool-failing',
        reason: `${file} in the spool cannot be read: it is set aside, not sent`,
      });
    },
    onQuarantined: (file) => {
      const reason = `the sending process died three times of ${file} in the spool: it is set aside, not sent`;
      send({ kind: 'spool-failing', reason });
    },
    working: () => {
      if (failing === undefined) return;
      failing = undefined;
      send({ kind: 'spool-working' });
    },
  };
}
