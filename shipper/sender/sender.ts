import type { Clock } from '../../shared/base/clock.ts';
import { free } from '../../shared/record/free.ts';
import type { Frame } from '../protocol/frames.ts';
import { HEARTBEAT_MS, type SenderMessage, type SenderTask } from '../protocol/messages.ts';
import type { CreatePutRecords } from './kinesis/client.ts';
import { createPutLoop, type PutLoop } from './kinesis/put-loop.ts';
import { createPutEntries } from './put-entries.ts';
import { createSpool, type Spool } from './spool/spool.ts';
import { newEntry, type SpoolEntry } from './spool/spool-entries.ts';
import { createTroubleReport } from './trouble-report.ts';

/** When the parent is gone nobody else has its records, but they are worth no longer wait than this. */
const ORPHAN_MS = 10_000;
/** How long the sender waits for a disk that is searched for records, or removes files, before it goes on. */
const MAX_OPEN_MS = 10_000;
const MAX_REMOVAL_MS = 1_000;

export interface SenderOptions {
  readonly task: SenderTask;
  readonly clock: Clock;
  readonly createPutRecords: CreatePutRecords;
  /** Sends a message to the parent. */
  readonly send: (message: SenderMessage) => void;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** Puts records into Kinesis. The parent owns them until it is told that they are delivered, or in the spool. */
export interface Sender {
  /** Opens the spool, if there is one, and tells the parent that the sender is ready. */
  readonly start: () => Promise<void>;
  readonly add: (frame: Frame) => void;
  /** Time is running out. */
  readonly hurry: () => void;
  /** The parent is gone: sends what it can and exits. */
  readonly onOrphaned: () => void;
}

export function createSender({ task, clock, createPutRecords, send, exit }: SenderOptions): Sender {
  const trouble = createTroubleReport(clock, send);
  const putRecords = createPutRecords({ stream: task.stream, clock, onWaiting: trouble.onWaiting });
  let orphaned = false;

  const exitIfDone = (): void => {
    const inMemory = spool?.inMemory() ?? 0;
    if (orphaned && loop.unsent() === 0 && inMemory === 0) exit(0);
    exitIfKept();
  };

  /** What is in the spool is sent as long as calls work, and then left to the next shipper. */
  const exitIfKept = (): void => {
    if (orphaned && trouble.isFailing() && spool?.inMemory() === 0) exit(1);
  };

  const onDelivered = async (entries: readonly SpoolEntry[]): Promise<void> => {
    // Removed before the parent knows: it may end us once all is delivered, and files that are left are sent again.
    if (spool !== undefined) await waitAtMost(clock, MAX_REMOVAL_MS, spool.remove(entries));
    // Not freed with a spool, where a file may still be being written from it.
    else for (const { frame } of entries) if (frame !== undefined) free(frame.data);
    send({ kind: 'delivered', ids: entries.flatMap(({ id }) => (id < 0 ? [] : [id])) });
    exitIfDone();
  };

  const loop: PutLoop<SpoolEntry> = createPutLoop({
    put: createPutEntries({ task, putRecords, send, readSpool: async (entry) => spool?.read(entry) }),
    oneByOne: task.oneByOne,
    clock,
    onDelivered: (entries) => void onDelivered(entries),
    onCall: (outcome) => {
      trouble.onCall(outcome);
      exitIfKept();
    },
  });

  const { partitionKey } = task;
  const spool: Spool | undefined =
    task.spool === undefined
      ? undefined
      : createSpool({ ...task.spool, partitionKey, queue: loop, clock, send, onIdle: exitIfDone });

  return {
    start: async () => {
      clock.every(HEARTBEAT_MS, () => send({ kind: 'heartbeat' }));
      // Records of earlier shippers come before our own first one, unless the disk takes too long.
      const ids = spool && (await waitAtMost(clock, MAX_OPEN_MS, spool.open()));
      send({ kind: 'ready', ids: ids ?? [] });
    },
    add: (frame) => {
      if (spool === undefined) loop.add(newEntry(frame.id, frame.data.length, frame));
      else spool.add(frame);
    },
    hurry: () => {
      trouble.hurry();
      loop.hurry();
    },
    onOrphaned: () => {
      orphaned = true;
      loop.hurry();
      clock.after(ORPHAN_MS, () => exit(1));
      exitIfDone();
    },
  };
}

/** Waits for the result, but no longer than `ms`: undefined then. */
async function waitAtMost<T>(clock: Clock, ms: number, result: Promise<T>): Promise<T | undefined> {
  const settled = new AbortController();
  try {
    return await Promise.race([result, clock.sleep(ms, settled.signal).then(() => undefined)]);
  } finally {
    settled.abort();
  }
}
