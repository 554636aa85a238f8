import { MAX_RECORD_BODY_BYTES, MAX_RECORD_RUNS } from '../../shared/record/format.ts';

/** A run in JSON: 1 digit, 14 digits of time, twice 7 digits, 1 digit, brackets and commas. */
const MAX_RUN_BYTES = 37;
/** The other keys of a header, with ids of at most 128 characters that may have to be escaped. */
const MAX_KEYS_BYTES = 2_048;
/** No header is longer. */
export const HEADER_ROOM = MAX_RECORD_RUNS * MAX_RUN_BYTES + MAX_KEYS_BYTES;
/** Two are being compressed while one is filled and one waits. */
const MAX_SPARES = 4;

/**
 * Buffers with room for a record's header and then its body, so that a record becomes one piece of bytes without
 * another copy of its lines. They are reused, since fresh memory costs more than what is done with it.
 */
export interface BufferPool {
  readonly acquire: () => Buffer;
  /** Nobody will read it any more. */
  readonly release: (buffer: Buffer) => void;
}

export function createBufferPool(): BufferPool {
  const spares: Buffer[] = [];
  return {
    acquire: () => spares.pop() ?? Buffer.allocUnsafeSlow(HEADER_ROOM + MAX_RECORD_BODY_BYTES),
    release: (buffer) => {
      if (spares.length < MAX_SPARES) spares.push(buffer);
    },
  };
}
