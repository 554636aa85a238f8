import zlib from 'node:zlib';
import type { UnreadableReason } from './lines.ts';
import { zstd } from './zlib-zstd.ts';
import { frameBytes, frameContentBytes, ZSTD_MAGIC } from './zstd-frame.ts';

const GZIP_MAGIC = 0x8b1f; // RFC 1952, section 2.3.1, little-endian
/** The binary logarithm of the largest zstd window, 16 MiB: a decoder allocates the whole window before the first byte. */
export const ZSTD_MAX_WINDOW_LOG = 24;
/** Size of output buffers if the size of the output is not known. */
const CHUNK_BYTES = 64 * 1024;
/** The smallest output buffer that zlib takes. */
const MIN_CHUNK_BYTES = 64;

/** What decoding one record may still use; all parts of an aggregate share it. */
export interface Budget {
  /** In decoded bytes. */
  bytes: number;
  /** In calls of zlib: each takes some 25 µs, however small its output. */
  calls: number;
}

/** A payload, or why there is none. */
export type Unpacked =
  | {
      readonly kind: 'payload';
      readonly payload: Buffer;
      /** It came out of one frame or member, or was not compressed. */
      readonly single: boolean;
    }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

/** Decompresses data, whose codec its first bytes tell. Every byte must belong to a frame or member. */
export function unpack(data: Buffer, budget: Budget): Unpacked {
  if (data.length >= 4 && data.readUInt32LE(0) === ZSTD_MAGIC) return unzstd(data, budget);
  if (data.length >= 2 && data.readUInt16LE(0) === GZIP_MAGIC) return gunzip(data, budget);
  if (data.length > budget.bytes) return unreadable('too-large');
  budget.bytes -= data.length;
  return { kind: 'payload', payload: data, single: true };
}

/** One call of zlib reads all members of gzip data (RFC 1952, section 2.2). */
function gunzip(data: Buffer, budget: Budget): Unpacked {
  const lastMemberBytes = data.length < 4 ? 0 : data.readUInt32LE(data.length - 4);
  const part = inflate(zlib.gunzipSync, data, { budget, announced: lastMemberBytes });
  if (part.kind === 'unreadable') return part;
  // zlib ignores zeros after a member, and everything after those.
  if (part.consumed !== data.length) return unreadable('corrupt-compression');
  // If the last member (its size is ISIZE, RFC 1952, section 2.3.1) is as large as the output, any others are empty.
  const single = lastMemberBytes === part.payload.length;
  return { kind: 'payload', payload: part.payload, single };
}

/** Each frame takes a call: some versions of Node stop after one, others would join all that follow. */
function unzstd(data: Buffer, budget: Budget): Unpacked {
  if (zstd === undefined) return unreadable('zstd-unsupported');
  const parts: Buffer[] = [];
  let at = 0;
  while (at < data.length) {
    const rest = data.subarray(at);
    const frame = rest.subarray(0, frameBytes(rest));
    const part = inflate(zstd.zstdDecompressSync, frame, { budget, announced: frameContentBytes(frame) });
    if (part.kind === 'unreadable') return part;
    if (part.consumed === 0) return unreadable('corrupt-compression');
    parts.push(part.payload);
    at += part.consumed;
  }
  const [first] = parts;
  const single = parts.length === 1 && first !== undefined;
  return { kind: 'payload', payload: single ? first : Buffer.concat(parts), single };
}

type UnpackedMember =
  | { readonly kind: 'part'; readonly payload: Buffer; readonly consumed: number }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

type InflateSync = (data: Buffer, options: zlib.ZlibOptions) => unknown;

/** `announced` is the size that the data claims to have, which may be wrong; the output buffer gets that size. */
function inflate(
  inflateSync: InflateSync,
  data: Buffer,
  { budget, announced }: { readonly budget: Budget; readonly announced: number | undefined },
): UnpackedMember {
  if (budget.bytes < 1) return unreadable('too-large');
  if (budget.calls < 1) return unreadable('too-many-parts');
  budget.calls -= 1;
  // One byte more, since zlib asks for another buffer when one is full.
  const chunkSize = Math.max(MIN_CHUNK_BYTES, Math.min(announced ?? CHUNK_BYTES, budget.bytes) + 1);
  try {
    const options = {
      info: true,
      maxOutputLength: budget.bytes,
      chunkSize,
      ...(zstd && { params: { [zstd.constants.ZSTD_d_windowLogMax]: ZSTD_MAX_WINDOW_LOG } }),
    };
    const result = inflateSync(data, options);
    if (!isInflated(result)) return unreadable('corrupt-compression');
    budget.bytes -= result.buffer.length;
    const isMostlyRoom = result.buffer.length < chunkSize / 2;
    const payload = isMostlyRoom ? Buffer.from(result.buffer) : result.buffer;
    return { kind: 'part', payload, consumed: result.engine.bytesWritten };
  } catch (error) {
    return unreadable(isTooLarge(error) ? 'too-large' : 'corrupt-compression');
  }
}

/** Whether zlib returned this with `info`: `engine` tells how much input it took (nodejs.org/api/zlib.html#class-options). */
function isInflated(
  value: unknown,
): value is { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } } {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;
}

function isTooLarge(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_BUFFER_TOO_LARGE' || code === 'ZSTD_error_frameParameter_windowTooLarge';
}

function unreadable(reason: UnreadableReason): {
  readonly kind: 'unreadable';
  readonly reason: UnreadableReason;
} {
  return { kind: 'unreadable', reason };
}
