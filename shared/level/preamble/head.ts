import { escapeEnd } from '../words/ansi.ts';

const ESC = 0x1b;

/** The beginning of a line as the rules for plain text look at it. */
export interface Head {
  /** One character per byte, without escape sequences, up to the first LF. */
  readonly text: string;
  /** Offset in the buffer of `text`'s character i; i may be `text.length`. */
  readonly offsetOf: (index: number) => number;
}

/** How many bytes of raw line are read for each character of the head: room for colours and links. */
const RAW_BYTES_PER_CHARACTER = 8;

/** Reads at most `maxCharacters` from `start`, so that the work is bounded whatever the line's length. */
export function readHead(
  bytes: Buffer,
  range: { readonly start: number; readonly end: number },
  maxCharacters: number,
): Head {
  const { start, end } = range;
  const text = firstLine(bytes.toString('latin1', start, Math.min(end, start + maxCharacters)));
  if (!text.includes('\x1b')) return { text, offsetOf: (index) => start + index };
  const rawEnd = Math.min(end, start + maxCharacters * RAW_BYTES_PER_CHARACTER);
  return {
    text: visibleText(bytes, { start, end: rawEnd }, maxCharacters),
    offsetOf: (index) => visibleOffset(bytes, { start, end: rawEnd }, index),
  };
}

function firstLine(text: string): string {
  const lineEnd = text.indexOf('\n');
  return lineEnd < 0 ? text : text.slice(0, lineEnd);
}

function visibleText(
  bytes: Buffer,
  range: { readonly start: number; readonly end: number },
  maxCharacters: number,
): string {
  let text = '';
  let at = range.start;
  while (at < range.end && text.length < maxCharacters) {
    if (bytes[at] === ESC) {
      at = escapeEnd(bytes, at, range.end);
      continue;
    }
    let next = bytes.indexOf(ESC, at);
    if (next < 0 || next > range.end) next = range.end;
    text += bytes.toString('latin1', at, next);
    at = next;
  }
  return firstLine(text.slice(0, maxCharacters));
}

function visibleOffset(
  bytes: Buffer,
  range: { readonly start: number; readonly end: number },
  index: number,
): number {
  let left = index;
  let at = range.start;
  for (;;) {
    while (at < range.end && bytes[at] === ESC) at = escapeEnd(bytes, at, range.end);
    if (left === 0 || at >= range.end) return at;
    left -= 1;
    at += 1;
  }
}
