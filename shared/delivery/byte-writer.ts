const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = '0123456789abcdef';

/** Escape per byte: 0 = as it is, 1 = `\u00XX`, else the letter after the backslash. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(1, 0, 0x20);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const) {
  ESCAPES[byte] = letter.charCodeAt(0);
}

/** A growing buffer that bodies are built in. Sizes are real bytes; `truncate` takes the last event back. */
export interface ByteWriter {
  readonly length: () => number;
  /** Takes back everything past `length`. */
  readonly truncate: (length: number) => void;
  /** ASCII only: one byte a character. */
  readonly ascii: (text: string) => void;
  readonly utf8: (text: string) => void;
  readonly byte: (value: number) => void;
  readonly bytes: (source: Buffer, start: number, end: number) => void;
  /** UTF-8 text as the inside of a JSON string: escaped, without quotes. */
  readonly jsonText: (source: Uint8Array, start: number, end: number) => void;
  /** What was written, not copied: it holds until the writer is written to again. */
  readonly written: () => Buffer;
  /** A copy of what was written. */
  readonly toBuffer: () => Buffer;
}

export function createByteWriter(capacity = 64 * 1024): ByteWriter {
  let buffer = Buffer.allocUnsafe(capacity);
  let at = 0;

  function reserve(more: number): void {
    if (at + more <= buffer.length) return;
    const next = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + more));
    buffer.copy(next, 0, 0, at);
    buffer = next;
  }

  function jsonText(source: Uint8Array, start: number, end: number): void {
    reserve((end - start) * 6);
    const target = buffer;
    let to = at;
    for (let i = start; i < end; i += 1) {
      const byte = source[i] as number;
      const escape = ESCAPES[byte] as number;
      if (escape === 0) {
        target[to++] = byte;
      } else if (escape === 1) {
        to += target.write(`\\u00${HEX[byte >> 4]}${HEX[byte & 15]}`, to, 'latin1');
      } else {
        target[to++] = BACKSLASH;
        target[to++] = escape;
      }
    }
    at = to;
  }

  return {
    length: () => at,
    truncate: (length) => {
      at = length;
    },
    ascii: (text) => {
      reserve(text.length);
      at += buffer.write(text, at, 'latin1');
    },
    utf8: (text) => {
      reserve(text.length * 3);
      at += buffer.write(text, at, 'utf8');
    },
    byte: (value) => {
      reserve(1);
      buffer[at++] = value;
    },
    bytes: (source, start, end) => {
      reserve(end - start);
      at += source.copy(buffer, at, start, end);
    },
    jsonText,
    written: () => buffer.subarray(0, at),
    toBuffer: () => Buffer.from(buffer.subarray(0, at)),
  };
}
