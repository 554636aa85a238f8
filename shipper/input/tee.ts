import { fstatSync, write as writeFile } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Clock } from '../../shared/base/clock.ts';
import type { RetainedBytes } from './source.ts';

/** Where a copy is written: `done` is called when the chunk is with the kernel, or never will be. */
export type TeeTarget = (
  chunk: Buffer,
  done: (error: NodeJS.ErrnoException | null | undefined) => void,
) => void;

export interface TeeOptions {
  readonly maxWaitingBytes: number;
  /** While `maxWaitingBytes` wait to be written: drop whole chunks of the copy, or ask the writer to wait. */
  readonly whenFull: 'drop' | 'block';
  /** This many bytes are missing in the copy. */
  readonly onDropped: (bytes: number) => void;
}

/** A copy of a stream. */
export interface Tee {
  /** A promise asks the writer to wait for it before the next chunk. `retain`: for a chunk whose memory is reused. */
  readonly write: (chunk: Buffer, retain?: () => RetainedBytes) => Promise<void> | undefined;
  /** Settles when all that was written is with the kernel. */
  readonly flushed: () => Promise<void>;
}

/** Nobody reads any more: all further writes would fail as well. */
const CLOSED = new Set(['EPIPE', 'EBADF', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** Makes its writer wait only with `whenFull: 'block'`. */
export function createTee(target: TeeTarget, options: TeeOptions): Tee {
  const { maxWaitingBytes, whenFull, onDropped } = options;
  let waitingBytes = 0;
  let closed = false;
  let waiters: (() => void)[] = [];

  const flushed = (): Promise<void> =>
    waitingBytes === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve));

  return {
    write: (chunk, retain) => {
      if (closed) return undefined;
      const full = waitingBytes > 0 && waitingBytes + chunk.length > maxWaitingBytes;
      if (full && whenFull === 'drop') {
        onDropped(chunk.length);
        return undefined;
      }
      waitingBytes += chunk.length;
      const retained = retain?.();
      target(retained?.bytes ?? chunk, (error) => {
        retained?.release();
        waitingBytes -= chunk.length;
        if (error && CLOSED.has(error.code ?? '')) closed = true;
        else if (error) onDropped(chunk.length);
        if (waitingBytes > 0) return;
        for (const wake of waiters) wake();
        waiters = [];
      });
      return full ? flushed() : undefined;
    },
    flushed,
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

/** Writes to a pipe or socket by its stream. */
export function streamTarget(stream: Writable): TeeTarget {
  // Each write has its own callback; without a listener an error would end the process.
  stream.on('error', () => {});
  return (chunk, done) => void stream.write(chunk, done);
}

/** A terminal that another process made non-blocking answers EAGAIN. */
const RETRY_MS = 10;

/** Writes to a file, terminal or device by asynchronous calls, one at a time. */
export function fdTarget(fd: number, clock: Pick<Clock, 'after'>): TeeTarget {
  const queue: { readonly chunk: Buffer; readonly done: Parameters<TeeTarget>[1] }[] = [];

  const writeNext = (): void => {
    const next = queue[0];
    if (next === undefined) return;
    const finish = (error: NodeJS.ErrnoException | null): void => {
      queue.shift();
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

  return (chunk, done) => {
    queue.push({ chunk, done });
    if (queue.length === 1) writeNext();
  };
}
