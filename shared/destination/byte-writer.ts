import { MAX_ESCAPED_BYTES, writeJsonText } from './json-text.ts';

const DIGIT_0 = 0x30;
/** Numbers past it are left to the runtime. */
const MAX_INT_32 = 0x7fff_ffff;

/** A growing buffer that bodies are built in. Sizes are real bytes; `truncate` takes the last event back. */
export interface ByteWriter {
  readonly length: () => number;
  /** Takes back everything past `length`. */
  readonly truncate: (length: number) => void;
  /** ASCII, or bytes as Latin-1: one byte a character. */
  readonly ascii: (text: string) => void;
  readonly utf8: (text: string) => void;
  /** The decimal digits of a whole number from 0 on. */
  readonly integer: (value: number) => void;
  readonly byte: (value: number) => void;
  readonly bytes: (source: Buffer, start: number, end: number) => void;
  /** UTF-8 text as the inside of a JSON string: escaped, without quotes. */
  readonly jsonText: (source: Uint8Array, start: number, end: number) => void;
  /** What was written, not copied: it holds until the writer is written to again. */
  readonly written: () => Buffer;
  /** A copy of what was written. */
  readonly toBuffer: () => Buffer;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) digits += 1;
  return digits;
}

/** Writes the digits that end before `end`. */
function writeDigits(target: Uint8Array, end: number, value: number): void {
  let rest = value;
  let to = end;
  do {
    const tens = (rest / 10) | 0;
    to -= 1;
    target[to] = DIGIT_0 + rest - tens * 10;
    rest = tens;
  } while (rest > 0);
}

export function createByteWriter(capacity = 64 * 1024): ByteWriter {
  let buffer = Buffer.allocUnsafeSlow(capacity);
  let view = new DataView(buffer.buffer);
  let at = 0;

  function reserve(more: number): void {
    if (at + more <= buffer.length) return;
    const next = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + more));
    buffer.copy(next, 0, 0, at);
    buffer = next;
    view = new DataView(next.buffer);
  }

  function ascii(text: string): void {
    reserve(text.length);
    at += buffer.write(text, at, 'latin1');
  }

  return {
    length: () => at,
    truncate: (length) => {
      at = length;
    },
    ascii,
    utf8: (text) => {
      reserve(text.length * 3);
      at += buffer.write(text, at, 'utf8');
    },
    integer: (value) => {
      if (value > MAX_INT_32) return ascii(String(value));
      const digits = digitsOf(value);
      reserve(digits);
      writeDigits(buffer, at + digits, value);
      at += digits;
    },
    byte: (value) => {
      reserve(1);
      buffer[at++] = value;
    },
    bytes: (source, start, end) => {
      reserve(end - start);
      at += source.copy(buffer, at, start, end);
    },
    jsonText: (bytes, start, end) => {
      reserve((end - start) * MAX_ESCAPED_BYTES + 1);
      at = writeJsonText(view, at, { bytes, start, end });
    },
    written: () => buffer.subarray(0, at),
    toBuffer: () => Buffer.from(buffer.subarray(0, at)),
  };
}
