import type { OnReadOpts } from 'node:net';

/** TLSPlaintext of RFC 8446 section 5.1: a type, a version, and the length of what follows. */
const HEADER_BYTES = 5;
const LENGTH_AT = 3;

/** A socket's way of reading, and whether what was read ends where a TLS record ends. */
export interface WholeReads {
  readonly onread: OnReadOpts;
  readonly isWhole: () => boolean;
}

/**
 * Reads one TLS header or body at a time, so that every read is filled: when one was not, libuv takes a reset that has
 * come in meanwhile for an orderly end (uv__stream_io, "Short-circuit iff POLLHUP"). `take` gets the bytes as they come
 * and returns false to pause.
 */
export function wholeReads(take: (bytes: Uint8Array) => boolean): WholeReads {
  const header = Buffer.alloc(HEADER_BYTES);
  let inHeader = true;
  let left = HEADER_BYTES;

  function readOn(bytes: Uint8Array): void {
    if (inHeader) header.set(bytes, HEADER_BYTES - left);
    left -= bytes.length;
    if (left > 0) return;
    const length = inHeader ? header.readUInt16BE(LENGTH_AT) : 0;
    inHeader = length === 0;
    left = inHeader ? HEADER_BYTES : length;
  }
  return {
    onread: {
      buffer: () => Buffer.alloc(left),
      callback: (count, room) => {
        const bytes = room.subarray(0, count);
        readOn(bytes);
        return take(bytes);
      },
    },
    isWhole: () => inHeader && left === HEADER_BYTES,
  };
}
