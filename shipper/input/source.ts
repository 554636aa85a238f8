import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Clock } from '../../shared/base/clock.ts';
import { readFd } from '../base/read-fd.ts';

/** Twice what a pipe holds by default (pipe(7)), so that an enlarged one is read in fewer calls. */
const READ_BYTES = 128 * 1024;
/** A smaller chunk is copied when it is retained; retaining its whole buffer would cost more. */
const MIN_LENT_BYTES = 16 * 1024;
/** Buffers that are kept for the next reads. */
const MAX_SPARES = 2;
/**
 * A writer that makes one write per line wakes us for each of them, tens of thousands of times a second, which also
 * slows the writer down. So after a read of less than this, that came this soon after the previous one, the pipe is
 * left to fill for a moment. At 300 MB/s a pipe of 1 MiB is not full by then.
 */
const SMALL_READ_BYTES = 32 * 1024;
const SOON_MS = 1;
const REST_MS = 2;

/** Bytes that stay as they are until they are released. */
export interface RetainedBytes {
  readonly bytes: Buffer;
  readonly release: () => void;
}

/** The chunk is valid during the call only: the next one overwrites it, unless `retain` is called during the call. */
export type OnChunk = (chunk: Buffer, retain: () => RetainedBytes) => void;

/** A stream of bytes to read. */
export interface Source {
  /**
   * Begins to read; settles at the end. A source that fails is at its end too: no more will come. Who calls it again
   * takes over, and gets what comes from then on.
   */
  readonly read: (onChunk: OnChunk) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
}

/** A pipe or socket. */
export interface PipeSource extends Source {
  /** The pipe holds 1 MiB from now on, so it may be left to fill for a moment. */
  readonly onEnlarged: () => void;
}

/**
 * Reads a pipe or socket into the same buffer again and again. Fresh memory for every chunk, as streams use it, costs
 * three times the CPU of the reading itself, and the process grows by what waits for the garbage collector.
 * @param open opens the stream that reads it, which closes the descriptor at its end
 */
export function pipeSource(fd: number, clock: Pick<Clock, 'monotonic' | 'after'>, open = readFd): PipeSource {
  const spares: Buffer[] = [];
  const freshBuffer = (): Buffer => spares.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
  let buffer = freshBuffer();
  let onChunk: OnChunk = () => {};

  let socket: Socket | undefined;
  let paused = false;
  let mayRest = false;
  let resting = false;
  let lastReadMs = 0;

  const updateFlow = (): void => void socket?.[paused || resting ? 'pause' : 'resume']();

  const restIfReadsAreSmall = (bytes: number): void => {
    const nowMs = clock.monotonic();
    if (bytes < SMALL_READ_BYTES && nowMs - lastReadMs < SOON_MS) {
      resting = true;
      updateFlow();
      clock.after(REST_MS, () => {
        resting = false;
        updateFlow();
      });
    }
    lastReadMs = nowMs;
  };

  const onRead = (bytes: number): void => {
    const lent = buffer;
    const chunk = lent.subarray(0, bytes);
    onChunk(chunk, () => {
      if (bytes < MIN_LENT_BYTES) return { bytes: Buffer.from(chunk), release: () => {} };
      buffer = freshBuffer();
      return { bytes: chunk, release: () => void (spares.length < MAX_SPARES && spares.push(lent)) };
    });
    if (mayRest) restIfReadsAreSmall(bytes);
  };

  return {
    read: (listener) => {
      onChunk = listener;
      socket ??= open(fd, () => buffer, onRead);
      updateFlow();
      return endOf(socket);
    },
    pause: () => {
      paused = true;
      updateFlow();
    },
    resume: () => {
      paused = false;
      updateFlow();
    },
    onEnlarged: () => {
      mayRest = true;
    },
  };
}

/** Reads a stream, which never reuses the memory of its chunks. */
export function streamSource(readable: Readable): Source {
  const early: Buffer[] = [];
  let pass = (chunk: Buffer): void => void early.push(chunk);
  // Listens from now on: what is left in the streams of a child that exits is lost if nobody listens.
  readable.on('data', (chunk: Buffer) => pass(chunk));
  return {
    read: (onChunk) => {
      pass = (chunk) => onChunk(chunk, () => ({ bytes: chunk, release: () => {} }));
      for (const chunk of early.splice(0)) pass(chunk);
      return endOf(readable);
    },
    pause: () => void readable.pause(),
    resume: () => void readable.resume(),
  };
}

async function endOf(readable: Readable): Promise<void> {
  await finished(readable, { writable: false }).catch(() => {});
}
