const BACKSLASH = 0x5c;
const DIGIT_0 = 0x30;
const HEX = Buffer.from('0123456789abcdef');

/** What a byte becomes at most: `\u00XX`. */
export const MAX_ESCAPED_BYTES = 6;
/** In `LENGTHS`, long escapes alone have this bit: 6, where others are 1 or 2. */
const LONG_BIT = 4;
/** Of each byte inside a JSON string: how many bytes it becomes … */
const LENGTHS = new Uint8Array(256).fill(1);
/** … and the first two of these, the first in the low byte; the second is written over where there is none. */
const FIRST_TWO = new Uint16Array(256).map((_, byte) => byte);
for (let byte = 0; byte < 0x20; byte += 1) addEscape(byte, 'u', MAX_ESCAPED_BYTES);
for (const [byte, letter] of Object.entries({
  8: 'b',
  9: 't',
  10: 'n',
  12: 'f',
  13: 'r',
  34: '"',
  92: '\\',
})) {
  addEscape(Number(byte), letter, 2);
}

function addEscape(byte: number, letter: string, length: number): void {
  FIRST_TWO[byte] = BACKSLASH | (letter.charCodeAt(0) << 8);
  LENGTHS[byte] = length;
}

/** UTF-8 text: `bytes[start, end)`. */
interface Text {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Writes a text as the inside of a JSON string; returns the place after it. There must be room for MAX_ESCAPED_BYTES
 * each and one more. Without a branch for each byte: in JSON lines every eighth or so is escaped, which no processor
 * foresees.
 */
export function writeJsonText(target: DataView, at: number, text: Text): number {
  const { bytes, start, end } = text;
  let to = at;
  let lengths = 0;
  for (let from = start; from < end; from += 1) {
    const byte = bytes[from] as number;
    const length = LENGTHS[byte] as number;
    target.setUint16(to, FIRST_TWO[byte] as number, true);
    to += length;
    lengths |= length;
  }
  if ((lengths & LONG_BIT) !== 0) completeLongEscapes(target, at, text);
  return to;
}

function completeLongEscapes(target: DataView, at: number, { bytes, start, end }: Text): void {
  let to = at;
  for (let from = start; from < end; from += 1) {
    const byte = bytes[from] as number;
    const length = LENGTHS[byte] as number;
    if (length === MAX_ESCAPED_BYTES) {
      target.setUint8(to + 2, DIGIT_0);
      target.setUint8(to + 3, DIGIT_0);
      target.setUint8(to + 4, HEX[byte >> 4] as number);
      target.setUint8(to + 5, HEX[byte & 15] as number);
    }
    to += length;
  }
}
