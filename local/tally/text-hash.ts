/**
 * A hash of text that can be joined: the hash of two texts in a row follows from theirs. It is a polynomial
 * over UTF-16 units in two lanes of 32 bits, each unit first replaced by a random number. Not for secrets:
 * whoever knows the numbers can make two texts that collide.
 */
export interface TextHash {
  readonly a: number;
  readonly b: number;
  /** In UTF-16 units. */
  readonly length: number;
}

export const EMPTY: TextHash = { a: 0, b: 0, length: 0 };

// Odd numbers of the form 8n + 5 have the longest cycle of powers modulo 2^32.
const BASE_A = 0x9e3779b5 | 0;
const BASE_B = 0x85ebca6d | 0;

/** Spreads the bits of a 32-bit number over all of it. */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return bits ^ (bits >>> 16);
}

const UNITS = 0x10000;
const NUMBERS_A = Int32Array.from({ length: UNITS }, (_, unit) => mix(unit + 1));
const NUMBERS_B = Int32Array.from({ length: UNITS }, (_, unit) => mix(mix(unit + 1) + 0x51ed270b));

/** A stretch of a string: its units from `from` to before `to`. */
export interface Stretch {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** The hash of what `before` is of, and then the stretch. */
export function hashOn(before: TextHash, { text, from, to }: Stretch): TextHash {
  let { a, b } = before;
  for (let index = from; index < to; index += 1) {
    const unit = text.charCodeAt(index);
    a = (Math.imul(a, BASE_A) + (NUMBERS_A[unit] ?? 0)) | 0;
    b = (Math.imul(b, BASE_B) + (NUMBERS_B[unit] ?? 0)) | 0;
  }
  return { a, b, length: before.length + to - from };
}

export function hashText(text: string): TextHash {
  return hashOn(EMPTY, { text, from: 0, to: text.length });
}

/** `base` to the power of `exponent`, modulo 2^32. */
function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

/** The hash of the two texts in a row. */
export function joinHashes(first: TextHash, second: TextHash): TextHash {
  return {
    a: (Math.imul(first.a, power(BASE_A, second.length)) + second.a) | 0,
    b: (Math.imul(first.b, power(BASE_B, second.length)) + second.b) | 0,
    length: first.length + second.length,
  };
}

/** One number of 53 bits for a text that belongs to an owner (a hash too), to be a key in a map. */
export function keyOf(owner: TextHash, text: TextHash): number {
  const high = mix(text.a ^ mix(owner.a ^ text.length));
  const low = mix(text.b ^ mix(owner.b ^ high));
  return (high >>> 0) * 0x200000 + (low >>> 11);
}
