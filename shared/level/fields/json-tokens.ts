import { escapeEnd } from '../words/ansi.ts';

const ESC = 0x1b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Bytes of numbers and of true, false, null. */
const SCALAR_BYTES = new Uint8Array(256);
for (const byte of Buffer.from('0123456789+-.Eaeflnrstu')) SCALAR_BYTES[byte] = 1;

/** Index of the next byte that is neither white space nor part of a colour (`jq -C` colours its tokens). */
export function skipBlank(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x20) return at;
    if (byte === ESC) at = escapeEnd(bytes, at, end);
    else if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) at += 1;
    else return at;
  }
  return end;
}

/** Index after the quote that ends the string whose content begins at `from`; -1 where it is torn. */
export function skipString(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at += 1;
  }
  return -1;
}

/** Index after the object or array that begins at `from`, whatever its depth; -1 where it is torn. */
export function skipContainer(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0;
  let at = from;
  while (at < end) {
    const byte = bytes[at];
    at += 1;
    if (byte === QUOTE) {
      at = skipString(bytes, at, end);
      if (at < 0) return -1;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

export function isScalarByte(byte: number | undefined): boolean {
  return SCALAR_BYTES[byte ?? 0] === 1;
}

/** Index after the number or literal that begins at `from`; -1 where it is torn or there is none. */
export function skipScalar(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && SCALAR_BYTES[bytes[at] ?? 0] === 1) at += 1;
  return at < end && at > from ? at : -1;
}

/** The whole part of the positive number in `bytes[start, end)`, undefined if it is none or of more than 4 digits. */
export function wholeNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  let value = 0;
  let at = start;
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  const digits = at - start;
  if (digits === 0 || digits > 4) return undefined;
  if (at < end && bytes[at] === 0x2e) for (at += 1; at < end && isDigit(bytes[at]); ) at += 1;
  return at === end ? value : undefined;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** The text of a string's content, its escapes resolved; undefined if one of them is malformed. */
export function stringText(bytes: Buffer, start: number, end: number): string | undefined {
  if (!hasEscape(bytes, start, end)) return bytes.toString('latin1', start, end);
  try {
    return String(JSON.parse(`"${bytes.toString('latin1', start, end)}"`));
  } catch {
    return undefined;
  }
}

export function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (bytes[at] === BACKSLASH) return true;
  return false;
}
