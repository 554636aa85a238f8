import zlib from 'node:zlib';
import { FLAG_UNTERMINATED, type RecordHeader, type WireRun } from './format.ts';
import { type Zstd, zstd } from './zlib-zstd.ts';

// On agents' logs (JSON lines with times and ids) zstd 1 made 60 kB of 1 MiB in 1.9 ms, zstd 3 70 kB in 2.3 ms;
// gzip 1 made 127 kB in 5.6 ms, gzip 6 117 kB in 13 ms.
/** Compression level, for zstd and gzip. */
export const LEVEL = 1;
const LF = 0x0a;

/** The codec that is written on this runtime. */
export const CODEC: 'zstd' | 'gzip' = zstd === undefined ? 'gzip' : 'zstd';

/** The header of a record as one line of JSON, LF included. */
export function recordHead(header: RecordHeader): Buffer {
  return Buffer.from(`${JSON.stringify(header)}\n`);
}

/** The payload of a record: its header, then the agent's bytes. */
export function recordPayload(header: RecordHeader, body: readonly Uint8Array[]): Buffer {
  return Buffer.concat([recordHead(header), ...body]);
}

/** Parameters for zstd. They ask for a content checksum, which a zstd frame does not have by default. */
export function zstdParams({ constants }: Zstd): Readonly<Record<number, number>> {
  return { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 };
}

/** Compresses a payload on this thread: one zstd frame with checksum or, on a runtime without zstd, one gzip member. */
export function compressPayloadSync(payload: Buffer): Buffer {
  return zstd === undefined
    ? zlib.gzipSync(payload, { level: LEVEL })
    : zstd.zstdCompressSync(payload, { params: zstdParams(zstd) });
}

/** A record before compression. */
export interface PlainRecord {
  readonly header: RecordHeader;
  readonly body: Buffer;
}

/**
 * Cuts a record that is too large even when compressed into two, at the last line end before its middle or, if there is
 * none, at the first one after it. Undefined if it has fewer than two lines.
 */
export function splitRecord(
  header: RecordHeader,
  body: Buffer,
): readonly [PlainRecord, PlainRecord] | undefined {
  const lineEnd = cutAt(body);
  if (lineEnd === undefined) return undefined;
  const first: WireRun[] = [];
  const second: WireRun[] = [];
  let firstLines = 0;
  let offset = 0;
  for (const run of header.runs) {
    const end = offset + run[3];
    if (end <= lineEnd) first.push(run);
    else if (offset >= lineEnd) second.push(run);
    else {
      const [head, tail] = cutRun(run, countLines(body, offset, lineEnd), lineEnd - offset);
      first.push(head);
      second.push(tail);
    }
    offset = end;
  }
  for (const run of first) firstLines += run[2];
  return [
    { header: { ...header, runs: first }, body: body.subarray(0, lineEnd) },
    { header: { ...header, seq: header.seq + firstLines, runs: second }, body: body.subarray(lineEnd) },
  ];
}

/** The offset after the line end to cut at; undefined if no line would be left on one side. */
function cutAt(body: Buffer): number | undefined {
  const below = body.lastIndexOf(LF, Math.floor(body.length / 2) - 1);
  const at = (below === -1 || body.length < 2 ? body.indexOf(LF) : below) + 1;
  return at > 0 && at < body.length ? at : undefined;
}

/** FLAG_UNTERMINATED is about the run's last line alone, so only the second part keeps it. */
function cutRun(run: WireRun, lines: number, bytes: number): readonly [WireRun, WireRun] {
  const [stream, timeMs, allLines, allBytes, flags = 0] = run;
  return [
    wireRun({ stream, timeMs, lines, bytes, flags: flags & ~FLAG_UNTERMINATED }),
    wireRun({ stream, timeMs, lines: allLines - lines, bytes: allBytes - bytes, flags }),
  ];
}

/** A run in its wire form, without the flags if they are 0. */
export function wireRun(run: {
  readonly stream: WireRun[0];
  readonly timeMs: number;
  readonly lines: number;
  readonly bytes: number;
  readonly flags: number;
}): WireRun {
  const { stream, timeMs, lines, bytes, flags } = run;
  return flags === 0 ? [stream, timeMs, lines, bytes] : [stream, timeMs, lines, bytes, flags];
}

function countLines(body: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = body.indexOf(LF, from); at !== -1 && at < to; at = body.indexOf(LF, at + 1)) lines += 1;
  return lines;
}
