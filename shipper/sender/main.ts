import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { free } from '../../shared/record/free.ts';
import { createFrameReader, type Frame } from '../protocol/frames.ts';
import { ALIVE_EVERY_MS, RECORDS_FD, type SenderMessage, type SenderTask } from '../protocol/messages.ts';
import { createPut } from './kinesis/client.ts';
import { createPutLoop, type PutResult } from './kinesis/put-loop.ts';
import type { KeyedRecord } from './kinesis/request-body.ts';
import { createSpool } from './spool/spool.ts';
import { newEntry, type SpoolEntry } from './spool/spool-entries.ts';

/**
 * The sender: takes records from its pipe and puts them into Kinesis. Its parent owns them until it says so,
 * or has said that they are in the spool.
 */

/** When the parent is gone nobody else has its records; so long are they worth waiting for. */
const ORPHAN_MS = 10_000;
/** A disk may take so long to be looked through, and to remove files, before we go on. */
const MAX_OPEN_MS = 10_000;
const MAX_REMOVAL_MS = 1_000;

// The parent decides when it ends; a terminal or a service manager signals the whole group.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
  process.on(signal, () => {});
}

// Written by our own main process alone.
const task = JSON.parse(process.argv[2] ?? '{}') as SenderTask;

function tell(message: SenderMessage): void {
  // A parent that is gone is noticed by the end of the pipe.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

let orphaned = false;
let trouble: string | undefined;
let failures = 0;

const putRecords = createPut(task.stream);

/** In calls that are under way. */
const inHand = new Set<SpoolEntry>();

/** Our parent is to know what killed us. */
function tellInHand(): void {
  if (task.spool === undefined) return;
  const files = [...inHand].flatMap(({ file }) => file ?? []);
  tell({ kind: 'in-hand', spooled: files.length, file: inHand.size === 1 ? files[0] : undefined });
}

async function put(entries: readonly SpoolEntry[]): Promise<PutResult> {
  for (const entry of entries) inHand.add(entry);
  tellInHand();
  try {
    return await readAndPut(entries);
  } finally {
    for (const entry of entries) inHand.delete(entry);
    tellInHand();
  }
}

/** Reads what is in files; a record whose file is lost is done with. */
async function readAndPut(entries: readonly SpoolEntry[]): Promise<PutResult> {
  const places: number[] = [];
  const records: KeyedRecord[] = [];
  for (const [place, entry] of entries.entries()) {
    const record = await read(entry);
    if (record === undefined) continue;
    places.push(place);
    records.push(record);
  }
  if (records.length === 0) return { kind: 'answered', failed: [] };
  const result = await putRecords(records);
  if (result.kind === 'failed') return result;
  return { kind: 'answered', failed: result.failed.flatMap((at) => places[at] ?? []) };
}

async function read(entry: SpoolEntry): Promise<KeyedRecord | undefined> {
  if (entry.frame !== undefined) return { data: entry.frame.data, partitionKey: task.partitionKey };
  return spool?.read(entry);
}

async function onTaken(entries: readonly SpoolEntry[]): Promise<void> {
  // Told afterwards: once all is taken our parent may end us, and what is left in the spool would be sent again.
  if (spool !== undefined) await Promise.race([spool.remove(entries), sleep(MAX_REMOVAL_MS)]);
  // With a spool, a file may still be written from it.
  else for (const { frame } of entries) if (frame !== undefined) free(frame.data);
  tell({ kind: 'taken', ids: entries.flatMap(({ id }) => (id < 0 ? [] : [id])) });
  endIfDone();
}

const loop = createPutLoop<SpoolEntry>({
  put,
  careful: task.careful,
  random: Math.random,
  schedule: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  onTaken: (entries) => void onTaken(entries),
  onTrouble: (now) => {
    failures = now === undefined ? 0 : failures + 1;
    endIfKept();
    // One failed call is everyday life: an idle connection that the other side closed.
    if (now === trouble || failures === 1) return;
    trouble = now;
    tell(now === undefined ? { kind: 'well' } : { kind: 'trouble', text: now });
  },
});

const spool =
  task.spool === undefined
    ? undefined
    : createSpool({ ...task.spool, partitionKey: task.partitionKey, queue: loop, tell, onIdle: endIfDone });

function add(frame: Frame): void {
  if (spool === undefined) loop.add(newEntry(frame.id, frame.data.length, frame));
  else spool.add(frame);
}

function endIfDone(): void {
  if (orphaned && loop.unsent() === 0 && (spool === undefined || spool.inMemory() === 0)) process.exit(0);
  endIfKept();
}

/** What is in the spool is sent as long as that works, and is then for the next shipper. */
function endIfKept(): void {
  if (orphaned && failures > 0 && spool?.inMemory() === 0) process.exit(1);
}

function onOrphaned(): void {
  orphaned = true;
  loop.hurry();
  setTimeout(() => process.exit(1), ORPHAN_MS);
  endIfDone();
}

process.on('message', () => loop.hurry());
process.on('disconnect', () => {});

const frames = createFrameReader(add);
const fromParent: SocketConstructorOpts & ConnectOpts = {
  fd: RECORDS_FD,
  readable: true,
  writable: false,
  onread: {
    buffer: frames.space,
    callback: (bytes) => {
      frames.filled(bytes);
      return true;
    },
  },
};
const records = new Socket(fromParent);
records.on('error', onOrphaned);
records.on('end', onOrphaned);
setInterval(() => tell({ kind: 'alive' }), ALIVE_EVERY_MS);
// Before our own first record come those of earlier shippers, unless the disk keeps us waiting.
const ids = spool === undefined ? [] : await Promise.race([spool.open(), sleep(MAX_OPEN_MS, [])]);
tell({ kind: 'ready', ids });
