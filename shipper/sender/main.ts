import { Socket } from 'node:net';
import { createFrameReader } from './frames.ts';
import { createPut } from './kinesis.ts';
import { ALIVE_EVERY_MS, RECORDS_FD, type SenderMessage, type SenderTask } from './messages.ts';
import { createPutLoop } from './put-loop.ts';

/** The sender: takes records from its pipe and puts them into Kinesis. Its parent owns them until it says so. */

/** When the parent is gone nobody else has its records; so long are they worth waiting for. */
const ORPHAN_MS = 10_000;

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

const loop = createPutLoop({
  put: createPut(task),
  random: Math.random,
  schedule: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  onTaken: (ids) => {
    tell({ kind: 'taken', ids });
    endIfDone();
  },
  onTrouble: (now) => {
    failures = now === undefined ? 0 : failures + 1;
    // One failed call is everyday life: an idle connection that the other side closed.
    if (now === trouble || failures === 1) return;
    trouble = now;
    tell(now === undefined ? { kind: 'well' } : { kind: 'trouble', text: now });
  },
});

function endIfDone(): void {
  if (orphaned && loop.unsent() === 0) process.exit(0);
}

function onOrphaned(): void {
  orphaned = true;
  loop.hurry();
  setTimeout(() => process.exit(1), ORPHAN_MS);
  endIfDone();
}

process.on('message', () => loop.hurry());
process.on('disconnect', () => {});

const records = new Socket({ fd: RECORDS_FD, readable: true, writable: false });
records.on('data', createFrameReader(loop.add));
records.on('error', onOrphaned);
records.on('end', onOrphaned);
tell({ kind: 'ready' });
setInterval(() => tell({ kind: 'alive' }), ALIVE_EVERY_MS);
