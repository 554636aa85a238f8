import type { ByteWriter } from '../../shared/destination/byte-writer.ts';
import type { Encoder, Line, RequestHead } from '../../shared/destination/contract.ts';
import { FieldCache } from '../../shared/destination/field-cache.ts';
import type { Level } from '../../shared/level/words/levels.ts';
import type { SyslogSettings } from './settings.ts';

const TAB = 0x09;
const LF = 0x0a;
const SPACE = 0x20;
const HASH = 0x23;
const DIGIT_0 = 0x30;

/** Constant of the message format: https://docs.livekit.io/deploy/agents/log-drains.md#syslog-integration */
const APP_NAME = 'livekit.hosted.agents';

/** RFC 5424 section 6: the longest HOSTNAME and PROCID. */
const MAX_HOSTNAME = 255;
const MAX_PROCID = 128;

/** 9999-12-31T23:59:59.999Z, the last time that a four-digit year can say. */
const MAX_TIME_MS = 253_402_300_799_999;

/** Facility 1 (user-level) times 8, plus the severity of RFC 5424 section 6.2.1. */
const PRIORITY: Readonly<Record<Level, number>> = {
  panic: 10,
  fatal: 10,
  error: 11,
  warn: 12,
  info: 14,
  debug: 15,
  trace: 15,
};

/** A header field holds bytes 33 to 126 only; a space would shift all fields after it. */
function headerField(text: string, maxLength: number): string {
  const clean = text.replace(/[^\x21-\x7e]/g, '_').slice(0, maxLength);
  return clean === '' ? '-' : clean;
}

/** RFC 3339 in UTC, with milliseconds unless they are zero. */
function timestamp(timeMs: number): string {
  const iso = new Date(Math.min(Math.max(timeMs, 0), MAX_TIME_MS)).toISOString();
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
}

/** Whether the text at `at` reads as one of our own escapes: `#` and an octal number that stands for an escaped byte. */
function looksEscaped(bytes: Buffer, at: number, end: number): boolean {
  if (at + 3 >= end || bytes[at + 1] !== DIGIT_0) return false;
  const eights = (bytes[at + 2] ?? 0) - DIGIT_0;
  const ones = (bytes[at + 3] ?? 0) - DIGIT_0;
  if (ones < 0 || ones > 7) return false;
  return (eights >= 0 && eights <= 3) || (eights === 4 && ones === 3);
}

/**
 * Control characters but TAB: a raw LF would end the frame, and receivers cut at a NUL. RFC 5424 section 6.4 advises
 * against all below 32. DEL, U+0085 and U+2028 end no frame and stay.
 */
function mustEscape(bytes: Buffer, at: number, end: number): boolean {
  const byte = bytes[at] ?? 0;
  if (byte < SPACE) return byte !== TAB;
  return byte === HASH && looksEscaped(bytes, at, end);
}

/** Bytes that may have to be escaped. */
const SUSPECT = new Uint8Array(256).fill(1, 0, SPACE);
SUSPECT[TAB] = 0;
SUSPECT[HASH] = 1;

function countEscapes({ bytes, start, end }: Line): number {
  // Without a branch for each byte, since nearly all lines hold none.
  let suspects = 0;
  for (let at = start; at < end; at += 1) suspects |= SUSPECT[bytes[at] as number] as number;
  if (suspects === 0) return 0;
  let count = 0;
  for (let at = start; at < end; at += 1) if (mustEscape(bytes, at, end)) count += 1;
  return count;
}

/**
 * Writes a control character as `#` and three octal digits (LF is `#012`), as rsyslog shows them. A `#` that could be
 * taken for such an escape becomes `#043`, so that replacing `#(0[0-3][0-7]|043)` by the byte gives the text back.
 */
function writeEscaped(out: ByteWriter, { bytes, start, end }: Line): void {
  let from = start;
  for (let at = start; at < end; at += 1) {
    if (!mustEscape(bytes, at, end)) continue;
    out.bytes(bytes, from, at);
    out.ascii(`#${(bytes[at] ?? 0).toString(8).padStart(3, '0')}`);
    from = at + 1;
  }
  out.bytes(bytes, from, end);
}

class SyslogEncoder implements Encoder {
  private readonly counted: boolean;
  private readonly headers: FieldCache<string>;

  constructor(agentId: string, { token, structuredData, framing }: Frames) {
    this.counted = framing === 'octet-counted';
    const front = token === undefined ? '' : `${token} `;
    // A character for each byte, as all else in the header has it: its values may hold any UTF-8.
    const data = Buffer.from(structuredData).toString('latin1');
    const host = headerField(agentId, MAX_HOSTNAME);
    this.headers = new FieldCache(({ timeMs, workerId, level }) => {
      const process = headerField(workerId, MAX_PROCID);
      return `${front}<${PRIORITY[level]}>1 ${timestamp(timeMs)} ${host} ${APP_NAME} ${process} - ${data} `;
    });
  }

  line(out: ByteWriter, line: Line): number {
    const before = out.length();
    const header = this.headers.of(line);
    const escapes = countEscapes(line);
    if (this.counted) {
      out.integer(header.length + line.end - line.start + 3 * escapes);
      out.byte(SPACE);
    }
    out.ascii(header);
    if (escapes === 0) out.bytes(line.bytes, line.start, line.end);
    else writeEscaped(out, line);
    if (!this.counted) out.byte(LF);
    return out.length() - before;
  }
}

type Frames = Pick<SyslogSettings, 'token' | 'structuredData' | 'framing'>;

/**
 * Frames of RFC 5424: `[TOKEN SP]<PRI>1 SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP - SP STRUCTURED-DATA SP MSG`,
 * ended by LF (RFC 6587 section 3.4.2) or led by their length in bytes and a space (RFC 5425 section 4.3).
 */
export function createEncoder({ agentId }: RequestHead, frames: Frames): Encoder {
  return new SyslogEncoder(agentId, frames);
}
