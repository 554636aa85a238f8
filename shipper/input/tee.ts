import { fstatSync, write as writeFile } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Clock } from '../../shared/base/clock.ts';
import { createGate, type Patience } from '../base/patience.ts';
import type { RetainedBytes } from './source.ts';

/** Where a copy is written: `done` is called when the chunk is with the kernel, or never will be. */
export interface TeeTarget {
  (chunk: Buffer, done: (error: NodeJS.ErrnoException | null | undefined) => void): void;
  /** What waits to be written never will be. */
  readonly giveUp?: () => void;
}

export interface TeeOptions {
  readonly maxWaitingBytes: number;
  /** How long the writer may be made to wait while `maxWaitingBytes` wait; then whole chunks are left out. */
  readonly patience: Patience;
  /** This many bytes are missing in the copy. */
  readonly onDropped: (bytes: number) => void;
  /** This chunk will be written; it is valid during the call only. */
  readonly onAccepted?: (chunk: Buffer) => void;
}

/** A copy of a stream. */
export interface Tee {
  /** A promise asks the writer to wait for it before the next chunk. `retain`: for a chunk whose memory is reused. */
  readonly write: (chunk: Buffer, retain?: () => RetainedBytes) => Promise<void> | undefined;
  /** Settles when all that was written is with the kernel. */
  readonly flushed: () => Promise<void>;
  /** Bytes that are not with the kernel yet. */
  readonly waitingBytes: () => number;
  /** No more time is given to what waits: it is left out. What is being written may still get there. */
  readonly giveUp: () => void;
}

/** Nobody reads any more: all further writes would fail as well. */
const CLOSED = new Set(['EPIPE', 'EBADF', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

export function createTee(target: TeeTarget, options: TeeOptions): Tee {
  const { maxWaitingBytes, onDropped, onAccepted } = options;
  let waitingBytes = 0;
  let closed = false;
  const flush = createSignal();
  const room = createSignal();
  const gate = createGate(options.patience, room.wake);

  const settle = (bytes: number, error: NodeJS.ErrnoException | null | undefined): void => {
    waitingBytes -= bytes;
    if (error && CLOSED.has(error.code ?? '')) closed = true;
    else if (error) onDropped(bytes);
    if (waitingBytes === 0) flush.wake();
    if (waitingBytes > maxWaitingBytes / 2) return;
    gate.setFull(false);
    room.wake();
  };

  /** Whether the writer can be asked to wait, so that one more chunk is taken. */
  const asksToWait = (): boolean => {
    if (gate.isWaiting() || gate.isSpent()) return false;
    gate.setFull(true);
    return gate.isWaiting();
  };

  return {
    write: (chunk, retain) => {
      if (closed) return undefined;
      const full = waitingBytes > 0 && waitingBytes + chunk.length > maxWaitingBytes;
      if (full && !asksToWait()) {
        onDropped(chunk.length);
        return undefined;
      }
      waitingBytes += chunk.length;
      onAccepted?.(chunk);
      const retained = retain?.();
      target(retained?.bytes ?? chunk, (error) => {
        retained?.release();
        settle(chunk.length, error);
      });
      return gate.isWaiting() ? room.next() : undefined;
    },
    flushed: async () => {
      if (waitingBytes > 0) await flush.next();
    },
    waitingBytes: () => waitingBytes,
    giveUp: () => target.giveUp?.(),
  };
}

interface Signal {
  /** Settles at the next wake. */
  readonly next: () => Promise<void>;
  readonly wake: () => void;
}

function createSignal(): Signal {
  let waiters: (() => void)[] = [];
  return {
    next: () => new Promise((resolve) => waiters.push(resolve)),
    wake: () => {
      for (const wake of waiters.splice(0)) wake();
    },
  };
}

/** Pipes and sockets are best written by their stream, which never blocks; anything else by asynchronous writes. */
export function isPipeOrSocket(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

interface QueuedChunk {
  readonly chunk: Buffer;
  readonly done: Parameters<TeeTarget>[1];
}

/** Takes chunks out of the queue that will not be written. */
function giveUpAll(queue: QueuedChunk[]): void {
  const error = Object.assign(new Error('given up'), { code: 'ECANCELED' });
  for (const { done } of queue.splice(0)) done(error);
}

/** Enough for one call; what is handed over at once is done at once, however slowly it is read. */
const MAX_WRITE_BYTES = 128 * 1024;

/** Writes to a pipe or socket by its stream, little enough at a time to see how its reader gets on. */
export function streamTarget(stream: Writable): TeeTarget {
  const queue: QueuedChunk[] = [];
  let writing = 0;

  const writeNext = (): void => {
    stream.cork();
    for (let bytes = 0; bytes < MAX_WRITE_BYTES; ) {
      const next = queue.shift();
      if (next === undefined) break;
      bytes += next.chunk.length;
      writing += 1;
      stream.write(next.chunk, (error) => {
        writing -= 1;
        next.done(error);
        if (writing === 0 && queue.length > 0) writeNext();
      });
    }
    stream.uncork();
  };

  // Each write has its own callback; without a listener an error would end the process.
  stream.on('error', () => {});
  const write: TeeTarget = (chunk, done) => {
    queue.push({ chunk, done });
    if (writing === 0) writeNext();
  };
  return Object.assign(write, { giveUp: () => giveUpAll(queue) });
}

/** A terminal that another process made non-blocking answers EAGAIN. */
const RETRY_MS = 10;

/** Writes to a file, terminal or device by asynchronous calls, one at a time. */
export function fdTarget(fd: number, clock: Pick<Clock, 'after'>): TeeTarget {
  const queue: QueuedChunk[] = [];
  let writing = false;

  const writeNext = (): void => {
    const next = queue.shift();
    writing = next !== undefined;
    if (next === undefined) return;
    const finish = (error: NodeJS.ErrnoException | null): void => {
      next.done(error);
      writeNext();
    };
    const writeFrom = (offset: number): void => {
      writeFile(fd, next.chunk, offset, (error, written) => {
        if (error?.code === 'EAGAIN') clock.after(RETRY_MS, () => writeFrom(offset));
        else if (error !== null || offset + written >= next.chunk.length) finish(error);
        else writeFrom(offset + written);
      });
    };
    writeFrom(0);
  };

  const write: TeeTarget = (chunk, done) => {
    queue.push({ chunk, done });
    if (!writing) writeNext();
  };
  return Object.assign(write, { giveUp: () => giveUpAll(queue) });
}
