import { isJsonObject } from '../level/fields/json.ts';
import { isLogfmt, levelOfLogfmt } from '../level/fields/logfmt.ts';
import { levelOfLoggerForm } from '../level/forms/fixed-forms.ts';
import { readHead } from '../level/preamble/head.ts';
import { levelAfterPreamble } from '../level/preamble/preamble.ts';
import { timestampEnd } from '../level/preamble/timestamps.ts';

/** What of a line's beginning tells to what it belongs. */
const HEAD_CHARACTERS = 512;

const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const CLOSE_BRACE = 0x7d;

/** How a line looks to whoever finds out which lines belong together. */
export interface LineLook {
  /** Its beginning, without escape sequences and the CRs around it; one character for each byte. */
  readonly text: string;
  readonly isBlank: boolean;
  readonly isIndented: boolean;
  /** It is one whole JSON object. */
  readonly isJson: boolean;
}

const JSON_LINE: LineLook = { text: '{', isBlank: false, isIndented: false, isJson: true };
const INDENTED_JSON_LINE: LineLook = { ...JSON_LINE, isIndented: true };

/** Looks at the line of UTF-8 text in `bytes[start, end)`. */
export function lookAt(bytes: Buffer, start: number, end: number): LineLook {
  const [first, last] = trimmed(bytes, start, end);
  if (bytes[last - 1] === CLOSE_BRACE && isJsonObject(bytes, first, last))
    return first > start ? INDENTED_JSON_LINE : JSON_LINE;
  const head = readHead(bytes, { start, end }, HEAD_CHARACTERS).text;
  const text = head.startsWith('\r') || head.endsWith('\r') ? head.replace(/^\r+|\r+$/g, '') : head;
  return {
    text,
    isBlank: text.trim() === '',
    isIndented: text.startsWith(' ') || text.startsWith('\t'),
    isJson: false,
  };
}

function trimmed(bytes: Buffer, start: number, end: number): [first: number, last: number] {
  let first = start;
  let last = end;
  while (first < last && isBlankByte(bytes[first])) first += 1;
  while (last > first && isBlankByte(bytes[last - 1])) last -= 1;
  return [first, last];
}

function isBlankByte(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

/** A logger wrote it: it is JSON, or begins with a time, a level or a logger's form of its own. */
export function isRecord({ text, isJson, isIndented }: LineLook): boolean {
  if (isJson) return true;
  if (isIndented) return false;
  if (isLogfmt(text)) return levelOfLogfmt(text) !== undefined;
  const at = text.startsWith('[') ? 1 : 0;
  return (
    timestampEnd(text, at) > at ||
    levelOfLoggerForm(text) !== undefined ||
    levelAfterPreamble(text, false) !== undefined
  );
}
