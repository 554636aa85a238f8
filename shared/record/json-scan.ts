/**
 * Finds values in JSON text without parsing them. It needs no recursion and no memory, however deep or large the text,
 * and numbers keep their digits. Values that are skipped are not checked, except for their brackets and quotes.
 * Offsets are in bytes; -1 means that the text is not JSON.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
export const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
export const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
/** For so many bytes a loop is faster than a method of Buffer. */
const NEAR_BYTES = 48;

/** The offset of the first byte from `at` on that is not white space in JSON; the text's length if there is none. */
export function skipSpace(json: Buffer, at: number): number {
  let next = at;
  while (json[next] === 0x20 || json[next] === 0x0a || json[next] === 0x0d || json[next] === 0x09) next += 1;
  return next;
}

/** The offset after the value that begins at `at`; -1 if there is no value. */
export function valueEnd(json: Buffer, at: number): number {
  const first = json[at];
  if (first === QUOTE) return stringEnd(json, at);
  if (first === OPENING_BRACE || first === OPENING_BRACKET) return nestedEnd(json, at);
  let end = at;
  while (isScalar(json[end])) end += 1;
  return end === at ? -1 : end;
}

/**
 * Reads the array or object at `from` and calls `item` with the offset of each value and, in an object, the range of its
 * key with its quotes. `item` returns the offset after the value, or -1 to stop. Returns the offset after the array or
 * object, -1 if `item` stopped or the text is not JSON.
 */
export function scanItems(
  json: Buffer,
  from: number,
  item: (at: number, keyFrom: number, keyTo: number) => number,
): number {
  const isObject = json[from] === OPENING_BRACE;
  const closing = isObject ? CLOSING_BRACE : CLOSING_BRACKET;
  let at = skipSpace(json, from + 1);
  if (json[at] === closing) return at + 1;
  for (;;) {
    const keyTo = isObject ? keyEnd(json, at) : at;
    const valueAt = isObject ? afterColon(json, keyTo) : at;
    const end = valueAt === -1 ? -1 : item(valueAt, at, keyTo);
    if (end === -1) return -1;
    at = skipSpace(json, end);
    if (json[at] === closing) return at + 1;
    if (json[at] !== COMMA) return -1;
    at = skipSpace(json, at + 1);
  }
}

/** The text of the JSON string in `[from, to)`, a range that includes its quotes; undefined if it is not a JSON string. */
export function stringAt(json: Buffer, from: number, to: number): string | undefined {
  if (!hasEscape(json, from, to)) return json.toString('utf8', from + 1, to - 1);
  try {
    const text: unknown = JSON.parse(json.toString('utf8', from, to));
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the JSON string in `[from, to)` has an escape, so that its bytes are not its text. */
export function hasEscape(json: Buffer, from: number, to: number): boolean {
  const near = Math.min(to, from + NEAR_BYTES);
  for (let at = from; at < near; at += 1) if (json[at] === BACKSLASH) return true;
  return near < to && json.subarray(near, to).includes(BACKSLASH);
}

function keyEnd(json: Buffer, at: number): number {
  return json[at] === QUOTE ? stringEnd(json, at) : -1;
}

/** The offset of the value whose key ends at `keyTo`; -1 if there is none. */
function afterColon(json: Buffer, keyTo: number): number {
  if (keyTo === -1) return -1;
  const colonAt = skipSpace(json, keyTo);
  return json[colonAt] === COLON ? skipSpace(json, colonAt + 1) : -1;
}

/** A quote after an odd number of backslashes is part of the string. */
function stringEnd(json: Buffer, at: number): number {
  const near = Math.min(json.length, at + NEAR_BYTES);
  let from = at + 1;
  while (from < near && json[from] !== QUOTE && json[from] !== BACKSLASH) from += 1;
  if (from < near && json[from] === QUOTE) return from + 1;
  for (let quote = json.indexOf(QUOTE, from); quote !== -1; quote = json.indexOf(QUOTE, quote + 1)) {
    let before = quote;
    while (json[before - 1] === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
  return -1;
}

function nestedEnd(json: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = stringEnd(json, at);
      if (at === -1) return -1;
      continue;
    }
    at += 1;
    if (byte === OPENING_BRACE || byte === OPENING_BRACKET) depth += 1;
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** Letters, digits, `+`, `-` and `.`: numbers, true, false and null. */
function isScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const letter = byte | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}
