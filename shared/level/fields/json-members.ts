import { isScalarByte } from './json-tokens.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const CLOSE_BRACE = 0x7d;

/**
 * Passes over members that can't matter and are written as loggers write them: a key without escapes, a string,
 * number or literal, at most one space after a colon or comma. Returns the index of the first member that is not
 * one of them, torn ones included, or of the brace that closes the object. The tight loop in which most of a log line's bytes are read.
 */
export function skipPlainMembers(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  matters: (bytes: Uint8Array, keyStart: number, keyEnd: number) => boolean,
): number {
  const { end } = range;
  let member = range.start;
  while (member < end && bytes[member] === QUOTE) {
    const keyEnd = plainStringEnd(bytes, member + 1, end);
    if (bytes[keyEnd] !== QUOTE || matters(bytes, member + 1, keyEnd) || bytes[keyEnd + 1] !== COLON) break;
    const at = plainValueEnd(bytes, bytes[keyEnd + 2] === SPACE ? keyEnd + 3 : keyEnd + 2, end);
    if (at >= end) break;
    if (bytes[at] === CLOSE_BRACE) return at;
    const next = nextMember(bytes, at);
    if (next >= end || bytes[next] !== QUOTE) break;
    member = next;
  }
  return member;
}

function nextMember(bytes: Uint8Array, comma: number): number {
  if (bytes[comma] !== COMMA) return comma;
  return bytes[comma + 1] === SPACE ? comma + 2 : comma + 1;
}

/** Index after the string, number or literal that begins at `from`; `end` or more where there is none or it is torn. */
function plainValueEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  if (bytes[at] !== QUOTE) {
    while (at < end && isScalarByte(bytes[at])) at += 1;
    return at > from ? at : end;
  }
  at = plainStringEnd(bytes, at + 1, end);
  while (bytes[at] === BACKSLASH && at < end) at = plainStringEnd(bytes, at + 2, end);
  return at + 1;
}

/** Index of the next quote or backslash, or `end`. */
function plainStringEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE || byte === BACKSLASH) return at;
  }
  return end;
}
