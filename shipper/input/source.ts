import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** Twice what a pipe holds by default (pipe(7)), so that one that was widened is read in fewer calls. */
const READ_BYTES = 128 * 1024;
/** A chunk below this is copied to be kept, rather than that all its memory is. */
const MIN_LENT_BYTES = 16 * 1024;
/** Memory that is held on to for the next reads. */
const MAX_SPARES = 2;
/**
 * A writer that makes a write for each line wakes us for each, tens of thousands of times a second, and pays for it
 * itself as well. So after a read that brought less than this, and came so soon after the last one, we let the pipe
 * fill for a moment. At 300 MB/s it is not full by then, if it holds 1 MiB.
 */
const SMALL_READ_BYTES = 32 * 1024;
const SOON_MS = 1;
const REST_MS = 2;

/** Bytes that stay as they are until they are released. */
export interface Kept {
  readonly bytes: Buffer;
  readonly release: () => void;
}

/** A chunk is only lent: the next one overwrites it, unless `keep` is called while it is being looked at. */
export type OnChunk = (chunk: Buffer, keep: () => Kept) => void;

/** Bytes to be read. */
export interface Input {
  /** Begins to read; settles at the end. An input that fails is at its end as well: no more will come. */
  readonly read: (onChunk: OnChunk) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
}

/** A pipe or socket. */
export interface PipeInput extends Input {
  /** It holds 1 MiB, so that it may be left to fill for a moment. */
  readonly widened: () => void;
}

/**
 * Reads a pipe or socket into the same memory again and again: fresh memory for every chunk, as streams have it,
 * costs three times the CPU of the reading itself and grows the process by what waits for the garbage collector.
 */
export function pipeInput(fd: number): PipeInput {
  const spares: Buffer[] = [];
  const fresh = (): Buffer => spares.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
  let memory = fresh();
  let onChunk: OnChunk = () => {};

  let socket: Socket | undefined;
  let paused = false;
  let mayRest = false;
  let resting = false;
  let lastReadMs = 0;

  const flow = (): void => void socket?.[paused || resting ? 'pause' : 'resume']();

  const setResting = (rest: boolean): void => {
    resting = rest;
    flow();
  };

  const restIfHurried = (bytes: number): void => {
    const nowMs = performance.now();
    if (bytes < SMALL_READ_BYTES && nowMs - lastReadMs < SOON_MS) {
      setResting(true);
      setTimeout(setResting, REST_MS, false);
    }
    lastReadMs = nowMs;
  };

  const take = (bytes: number): boolean => {
    const lent = memory;
    const chunk = lent.subarray(0, bytes);
    onChunk(chunk, () => {
      if (bytes < MIN_LENT_BYTES) return { bytes: Buffer.from(chunk), release: () => {} };
      memory = fresh();
      return { bytes: chunk, release: () => void (spares.length < MAX_SPARES && spares.push(lent)) };
    });
    if (mayRest) restIfHurried(bytes);
    return true;
  };

  return {
    read: (listener) => {
      onChunk = listener;
      const options: SocketConstructorOpts & ConnectOpts = {
        fd,
        readable: true,
        writable: false,
        onread: { buffer: () => memory, callback: take },
      };
      socket = new Socket(options);
      flow();
      return endOf(socket);
    },
    pause: () => {
      paused = true;
      flow();
    },
    resume: () => {
      paused = false;
      flow();
    },
    widened: () => {
      mayRest = true;
    },
  };
}

/** Reads a stream, whose chunks are nobody else's. */
export function streamInput(readable: Readable): Input {
  const early: Buffer[] = [];
  let pass = (chunk: Buffer): void => void early.push(chunk);
  // From now on: what is left in the streams of a child that exits flows away if nobody listens.
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
