import { isObject, type JsonObject, jsonOf } from '../kit/body.ts';

const LF = 0x0a;

/** One item of an envelope: its header and its payload, still bytes. */
export interface EnvelopeItem {
  readonly header: JsonObject;
  readonly payload: Buffer;
}

export interface Envelope {
  readonly header: JsonObject;
  readonly items: readonly EnvelopeItem[];
}

/** A line of JSON from `at`, and where the next one begins. */
function objectLine(bytes: Buffer, at: number): { header: JsonObject; next: number } | undefined {
  const lf = bytes.indexOf(LF, at);
  const end = lf === -1 ? bytes.length : lf;
  const json = jsonOf(bytes.subarray(at, end));
  return json !== undefined && isObject(json.value)
    ? { header: json.value, next: Math.min(end + 1, bytes.length) }
    : undefined;
}

/** Where a payload ends: after `length` bytes if that is given, else at the next LF. */
function payloadEnd(bytes: Buffer, at: number, length: unknown): number | undefined {
  if (length === undefined) {
    const lf = bytes.indexOf(LF, at);
    return lf === -1 ? bytes.length : lf;
  }
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return undefined;
  const end = at + length;
  const cleanEnd = end === bytes.length || bytes[end] === LF;
  return end <= bytes.length && cleanEnd ? end : undefined;
}

/**
 * Reads an envelope: a line of headers, then for each item a line of headers and its payload. Undefined if
 * anything is not as docs.sentry.io (SDK development, envelopes) has it; words about why are of no use to a
 * sender, which gets none from the service either.
 */
export function parseEnvelope(bytes: Buffer): Envelope | undefined {
  const first = objectLine(bytes, 0);
  if (first === undefined) return undefined;
  const items: EnvelopeItem[] = [];
  let at = first.next;
  while (at < bytes.length) {
    const item = objectLine(bytes, at);
    if (item === undefined) return undefined;
    const end = payloadEnd(bytes, item.next, item.header['length']);
    if (end === undefined) return undefined;
    items.push({ header: item.header, payload: bytes.subarray(item.next, end) });
    at = end + 1;
  }
  return { header: first.header, items };
}
