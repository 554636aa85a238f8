import zlib from 'node:zlib';
import type { UnreadableReason } from './lines.ts';
import { zstd } from './zlib-zstd.ts';

const ZSTD_MAGIC = 0xfd2fb528; // RFC 8878, section 3.1.1, little-endian
const GZIP_MAGIC = 0x8b1f; // RFC 1952, section 2.3.1, little-endian
/** Frames that need more than 16 MiB of window would take that much memory before their first byte. */
const ZSTD_MAX_WINDOW_LOG = 24;
/** Output is taken in pieces of so much where its size is not known. */
const CHUNK_BYTES = 64 * 1024;
/** The least that zlib takes. */
const MIN_CHUNK_BYTES = 64;

/** What decoding one record may still use up; shared by all parts of it. */
export interface Budget {
  /** Decoded bytes. */
  bytes: number;
  /** Calls of zlib, each of which costs some 25 µs however little it yields. */
  calls: number;
}

export type Unpacked =
  | {
      readonly kind: 'payload';
      readonly payload: Buffer /** It came out of one frame or member, or out of none. */;
      readonly single: boolean;
    }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

/** Takes the compression off, recognised by the first bytes. Every byte given must belong to a frame or member. */
export function unpack(data: Buffer, budget: Budget): Unpacked {
  if (data.length >= 4 && data.readUInt32LE(0) === ZSTD_MAGIC) return unzstd(data, budget);
  if (data.length >= 2 && data.readUInt16LE(0) === GZIP_MAGIC) return gunzip(data, budget);
  if (data.length > budget.bytes) return unreadable('too-large');
  budget.bytes -= data.length;
  return { kind: 'payload', payload: data, single: true };
}

/** zlib goes through all members of a gzip file by itself (RFC 1952, section 2.2). */
function gunzip(data: Buffer, budget: Budget): Unpacked {
  const lastMemberBytes = data.length < 4 ? 0 : data.readUInt32LE(data.length - 4);
  const part = inflate(zlib.gunzipSync, data, { budget, announced: lastMemberBytes });
  if (part.kind === 'unreadable') return part;
  // Zeros after a member, and whatever follows them, are passed over by zlib.
  if (part.consumed !== data.length) return unreadable('corrupt-compression');
  // A last member as large as the whole (ISIZE, RFC 1952, section 2.3.1) leaves the others nothing to hold.
  const single = lastMemberBytes === part.payload.length;
  return { kind: 'payload', payload: part.payload, single };
}

/** Node's zlib stops after the first zstd frame, so each gets a call. */
function unzstd(data: Buffer, budget: Budget): Unpacked {
  if (zstd === undefined) return unreadable('zstd-unsupported');
  const parts: Buffer[] = [];
  let at = 0;
  while (at < data.length) {
    const frame = data.subarray(at);
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

/** `announced`: the size that the data claims, in one piece of which it is then taken; it need not be true. */
function inflate(
  inflateSync: InflateSync,
  data: Buffer,
  { budget, announced }: { readonly budget: Budget; readonly announced: number | undefined },
): UnpackedMember {
  if (budget.bytes < 1) return unreadable('too-large');
  if (budget.calls < 1) return unreadable('too-many-parts');
  budget.calls -= 1;
  // One byte more, since full output makes zlib ask for more of it.
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

/** What a zstd frame says that it holds; undefined if it does not say (RFC 8878, section 3.1.1.1). */
function frameContentBytes(frame: Buffer): number | undefined {
  const descriptor = frame[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes;
  if (frame.length < at + 8) return undefined;
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? frame.readUInt8(at) : undefined;
    case 1:
      return frame.readUInt16LE(at) + 256;
    case 2:
      return frame.readUInt32LE(at);
    default:
      return Number(frame.readBigUInt64LE(at));
  }
}

/** What zlib gives with `info`; the engine says how much of the input it took (https://nodejs.org/api/zlib.html#class-options). */
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
