import { isJsonObject, levelOfJson } from './fields/json.ts';
import { isLogfmt, levelOfLogfmt } from './fields/logfmt.ts';
import { levelOfFixedForm } from './forms/fixed-forms.ts';
import { carrierLength } from './preamble/carrier.ts';
import { readHead } from './preamble/head.ts';
import { levelAfterPreamble } from './preamble/preamble.ts';
import type { Level } from './words/levels.ts';

/** What plain text may need for its level: a preamble, the name of an exception, the title of an 80 column box. */
const HEAD_CHARACTERS = 512;
/** Pairs of logfmt come in any order, and a long message may stand before the level. */
const LOGFMT_CHARACTERS = 64 * 1024;

/** Lines indented further than this continue another one, such as an inspected object or a stack. */
const MAX_INDENT = 1;

/** Blanks before a line's text; past so many there is none. */
const MAX_BLANK_BYTES = 4096;

const OPEN_BRACE = 0x7b;

/**
 * The level that a line of UTF-8 text says about itself, undefined where it says none. Of a text of several
 * lines the first that is not blank decides, or the JSON object that begins there. Linear in the line's length
 * for JSON, bounded for anything else; any bytes will do.
 */
export function levelOf(bytes: Uint8Array, start: number, end: number): Level | undefined {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Most lines of an agent in production begin like this.
  if (buffer[start] === OPEN_BRACE && isJsonObject(buffer, start, end))
    return levelOfJson(buffer, start, end);
  const { first, indent } = skipIndent(buffer, start, end);
  if (first >= end || first - start >= MAX_BLANK_BYTES) return undefined;
  if (buffer[first] === OPEN_BRACE && isJsonObject(buffer, first, end))
    return levelOfJson(buffer, first, end);
  return levelOfText(buffer, { start: first, end }, indent);
}

/** The first byte that is neither blank nor a byte order mark, and how far it is indented. */
function skipIndent(
  bytes: Buffer,
  start: number,
  lineEnd: number,
): { readonly first: number; readonly indent: number } {
  const end = Math.min(lineEnd, start + MAX_BLANK_BYTES);
  let lineStart = start;
  let at = start;
  for (; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === 0x0d || byte === 0x0a) lineStart = at + 1;
    else if (byte === 0xef && at + 2 < end && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) {
      at += 2;
      lineStart = at + 1;
    } else if (byte !== 0x20 && byte !== 0x09) break;
  }
  const tabs = bytes[lineStart] === 0x09 && lineStart < at ? MAX_INDENT + 1 : 0;
  return { first: at, indent: Math.max(at - lineStart, tabs) };
}

function levelOfText(
  bytes: Buffer,
  range: { readonly start: number; readonly end: number },
  indentBefore: number,
): Level | undefined {
  const head = readHead(bytes, range, HEAD_CHARACTERS);
  const carried = carrierLength(head.text);
  const rest = head.text.slice(carried);
  const text = rest.trimStart();
  const blank = rest.length - text.length;
  if (text === '') return undefined;
  if (text.startsWith('{')) {
    const offset = head.offsetOf(carried + blank);
    return isJsonObject(bytes, offset, range.end) ? levelOfJson(bytes, offset, range.end) : undefined;
  }
  if (isLogfmt(text)) {
    const pairs = readHead(bytes, { ...range, start: head.offsetOf(carried + blank) }, LOGFMT_CHARACTERS);
    return levelOfLogfmt(pairs.text);
  }
  const isIndented = (carried > 0 ? 0 : indentBefore) + blank > MAX_INDENT;
  return (
    (isIndented && !text.startsWith('+ ') ? undefined : levelOfFixedForm(text)) ??
    levelAfterPreamble(text, isIndented)
  );
}
