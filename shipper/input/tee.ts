import { fstatSync, write as writeFile } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Kept } from './source.ts';

/** Where a copy goes: `done` is called when the chunk is with the kernel, or never will be. */
export type CopyTarget = (
  chunk: Buffer,
  done: (error: NodeJS.ErrnoException | null | undefined) => void,
) => void;

export interface CopyOptions {
  readonly maxWaitingBytes: number;
  /** What to do while `maxWaitingBytes` wait to be written: leave whole chunks out, or ask the writer to wait. */
  readonly whenFull: 'leave-out' | 'wait';
  /** So many bytes were left out of the copy. */
  readonly onLeftOut: (bytes: number) => void;
}

/** A copy of a stream. */
export interface Copy {
  /** A promise asks the writer to wait for it before the next chunk. `keep` is for a chunk that was only lent. */
  readonly write: (chunk: Buffer, keep?: () => Kept) => Promise<void> | undefined;
  /** Settles when all that was written is with the kernel. */
  readonly flushed: () => Promise<void>;
}

/** Nobody reads any more: all further writes would fail as well. */
const CLOSED = new Set(['EPIPE', 'EBADF', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** Never holds up who writes it unless told to. */
export function createCopy(target: CopyTarget, options: CopyOptions): Copy {
  const { maxWaitingBytes, whenFull, onLeftOut } = options;
  let waitingBytes = 0;
  let closed = false;
  let waiters: (() => void)[] = [];

  const flushed = (): Promise<void> =>
    waitingBytes === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve));

  return {
    write: (chunk, keep) => {
      if (closed) return undefined;
      const full = waitingBytes > 0 && waitingBytes + chunk.length > maxWaitingBytes;
      if (full && whenFull === 'leave-out') {
        onLeftOut(chunk.length);
        return undefined;
      }
      waitingBytes += chunk.length;
      const kept = keep?.();
      target(kept?.bytes ?? chunk, (error) => {
        kept?.release();
        waitingBytes -= chunk.length;
        if (error && CLOSED.has(error.code ?? '')) closed = true;
        else if (error) onLeftOut(chunk.length);
        if (waitingBytes > 0) return;
        for (const wake of waiters) wake();
        waiters = [];
      });
      return full ? flushed() : undefined;
    },
    flushed,
  };
}

/** A pipe or socket is best written by its stream, which never blocks; anything else by asynchronous writes. */
export function isPipeOrSocket(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

export function streamTarget(stream: Writable): CopyTarget {
  // Each write has its own callback; without a listener an error would end the process.
  stream.on('error', () => {});
  return (chunk, done) => void stream.write(chunk, done);
}

/** A terminal that another process made non-blocking says EAGAIN. */
const RETRY_MS = 10;

/** Writes to a file, terminal or device by asynchronous calls, one at a time. */
export function fdTarget(fd: number): CopyTarget {
  const queue: { readonly chunk: Buffer; readonly done: Parameters<CopyTarget>[1] }[] = [];

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
        if (error?.code === 'EAGAIN') setTimeout(writeFrom, RETRY_MS, offset);
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
