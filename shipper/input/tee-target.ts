import { write as writeFile } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Clock } from '../../shared/base/clock.ts';

/** The error of a write, if there was one. */
export type WriteError = NodeJS.ErrnoException | null | undefined;

/** Where a copy is written, one batch of chunks after the other. */
export interface TeeTarget {
  /** Of how many bytes a batch is made at most; at least one chunk is. */
  readonly batchBytes: number;
  /** `done` is called when the whole batch is with the kernel, or never will be. */
  readonly write: (batch: readonly Buffer[], done: (error: WriteError) => void) => void;
}

/** Enough for one call; what is handed over at once is done at once, however slowly it is read. */
const MAX_WRITE_BYTES = 128 * 1024;

/** Writes to a pipe or socket by its stream, little enough at a time to see how its reader gets on. */
export function streamTarget(stream: Writable): TeeTarget {
  // Each write has its own callback; without a listener an error would end the process.
  stream.on('error', () => {});
  return {
    batchBytes: MAX_WRITE_BYTES,
    write: (batch, done) => {
      let left = batch.length;
      let failure: WriteError;
      stream.cork();
      for (const chunk of batch) {
        stream.write(chunk, (error) => {
          failure ??= error;
          left -= 1;
          if (left === 0) done(failure);
        });
      }
      stream.uncork();
    },
  };
}

/** A terminal that another process made non-blocking answers EAGAIN. */
const RETRY_MS = 10;

/** Writes to a file, terminal or device by asynchronous calls, one chunk at a time. */
export function fdTarget(fd: number, clock: Pick<Clock, 'after'>): TeeTarget {
  const writeChunk = (chunk: Buffer, offset: number, done: (error: WriteError) => void): void =>
    writeFile(fd, chunk, offset, (error, written) => {
      if (error?.code === 'EAGAIN') clock.after(RETRY_MS, () => writeChunk(chunk, offset, done));
      else if (error !== null || offset + written >= chunk.length) done(error);
      else writeChunk(chunk, offset + written, done);
    });
  const write: TeeTarget['write'] = ([chunk, ...rest], done) => {
    if (chunk === undefined) return done(null);
    writeChunk(chunk, 0, (error) => (error || rest.length === 0 ? done(error) : write(rest, done)));
  };
  return { batchBytes: 0, write };
}
