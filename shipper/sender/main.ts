import { systemClock } from '../../shared/base/clock.ts';
import { readFd } from '../base/read-fd.ts';
import { createFrameReader } from '../protocol/frames.ts';
import { RECORDS_FD, type SenderMessage, type SenderTask } from '../protocol/messages.ts';
import { createPutRecords } from './kinesis/client.ts';
import { createSender } from './sender.ts';

// The program of the sending process: connects the sender to its parent.

// The parent decides when it ends; a terminal or a service manager signals the whole process group.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
  process.on(signal, () => {});
}

// Only our own main process writes it.
const task = JSON.parse(process.argv[2] ?? '{}') as SenderTask;

function send(message: SenderMessage): void {
  // The end of the pipe tells that the parent is gone.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

const sender = createSender({
  task,
  clock: systemClock,
  createPutRecords,
  send,
  exit: (code) => process.exit(code),
});

process.on('message', () => sender.hurry());
process.on('disconnect', () => {});

const frames = createFrameReader(sender.add);
const records = readFd(RECORDS_FD, frames.space, frames.filled);
records.on('error', sender.onOrphaned);
records.on('end', sender.onOrphaned);
await sender.start();
