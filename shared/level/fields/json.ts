import { asciiTable } from '../words/ascii-table.ts';
import type { Level } from '../words/levels.ts';
import { LEVEL_OF_WORD } from '../words/words.ts';
import {
  FIELDS,
  type Field,
  type FieldValue,
  type Findings,
  LEVEL,
  LOG,
  noFindings,
  RECORD,
  resolve,
  STATUS,
  valueOfStatus,
  valueOfText,
} from './fields.ts';
import { skipPlainMembers } from './json-members.ts';
import {
  hasEscape,
  skipBlank,
  skipContainer,
  skipScalar,
  skipString,
  stringText,
  wholeNumber,
} from './json-tokens.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Longer texts are neither a key nor a level that we know, even with every character escaped. */
const MAX_TEXT_BYTES = 128;

const FIELD_TABLE = asciiTable(FIELDS.map((field) => [field.name.toLowerCase(), field] as const));
const WORD_TABLE = asciiTable(LEVEL_OF_WORD);

/** A member that counts although it is nested: Elastic's `log.level`, `level.name`, and loguru's `record.level.name`. */
interface Nested {
  readonly key: string;
  /** Where its value goes. */
  readonly field: number;
  /** Marks that the key was seen, beside the bits of the fields. */
  readonly bit: number;
  /** Its value is an object that holds the member that counts. */
  readonly inner?: Nested;
}

const IN_LEVEL: Nested = { key: 'name', field: LEVEL, bit: 1 << 27 };
const IN_LOG: Nested = { key: 'level', field: LOG, bit: 1 << 28 };
const IN_RECORD_LEVEL: Nested = { key: 'name', field: RECORD, bit: 1 << 29 };
const IN_RECORD: Nested = { key: 'level', field: RECORD, bit: 1 << 30, inner: IN_RECORD_LEVEL };

const NESTED: ReadonlyMap<number, Nested> = new Map([
  [LEVEL, IN_LEVEL],
  [LOG, IN_LOG],
  [RECORD, IN_RECORD],
]);

interface Scan {
  readonly bytes: Buffer;
  readonly end: number;
  readonly findings: Findings;
  at: number;
}

/** Whether a JSON object begins at `start`. */
export function isJsonObject(bytes: Buffer, start: number, end: number): boolean {
  if (start >= end || bytes[start] !== OPEN_BRACE) return false;
  const at = skipBlank(bytes, start + 1, end);
  return at < end && (bytes[at] === QUOTE || bytes[at] === CLOSE_BRACE);
}

/**
 * The level of the JSON object that begins at `start`, from its top-level keys. One pass that never goes down
 * into other values; where the object is torn or malformed, what stands before that place counts.
 */
export function levelOfJson(bytes: Buffer, start: number, end: number): Level | undefined {
  const scan: Scan = { bytes, end, findings: noFindings(), at: start };
  readObject(scan, undefined);
  return resolve(scan.findings);
}

/** Reads the object at `scan.at`; false where reading can't or need not go on after it. */
function readObject(scan: Scan, nested: Nested | undefined): boolean {
  const { bytes, end } = scan;
  scan.at = skipBlank(bytes, scan.at + 1, end);
  for (;;) {
    if (nested === undefined) scan.at = skipPlainMembers(bytes, { start: scan.at, end }, FIELD_TABLE.mayHave);
    if (scan.at < end && bytes[scan.at] === CLOSE_BRACE) return moveTo(scan, scan.at + 1);
    if (!readMember(scan, nested)) return false;
    scan.at = skipBlank(bytes, scan.at, end);
    if (scan.at < end && bytes[scan.at] === COMMA) scan.at = skipBlank(bytes, scan.at + 1, end);
    else if (scan.at >= end || bytes[scan.at] !== CLOSE_BRACE) return false;
  }
}

/** A token's end of -1 says that it is torn: reading stops. */
function moveTo(scan: Scan, at: number): boolean {
  scan.at = at;
  return at >= 0;
}

function readMember(scan: Scan, nested: Nested | undefined): boolean {
  const { bytes, end } = scan;
  const keyStart = scan.at + 1;
  if (scan.at >= end || bytes[scan.at] !== QUOTE) return false;
  const keyEnd = skipString(bytes, keyStart, end);
  if (keyEnd < 0) return false;
  const colon = skipBlank(bytes, keyEnd, end);
  if (colon >= end || bytes[colon] !== COLON) return false;
  scan.at = skipBlank(bytes, colon + 1, end);
  if (scan.at >= end) return false;
  if (nested !== undefined) return readNestedMember(scan, nested, stringText(bytes, keyStart, keyEnd - 1));
  const field = fieldOfKey(bytes, keyStart, keyEnd - 1);
  return field === undefined ? skipValue(scan) : readValue(scan, field);
}

function readNestedMember(scan: Scan, nested: Nested, key: string | undefined): boolean {
  if (key !== nested.key || (scan.findings.present & nested.bit) !== 0) return skipValue(scan);
  scan.findings.present |= nested.bit;
  if (nested.inner === undefined) return storeValue(scan, nested.field);
  return scan.bytes[scan.at] === OPEN_BRACE ? readObject(scan, nested.inner) : skipValue(scan);
}

function fieldOfKey(bytes: Buffer, start: number, end: number): Field | undefined {
  if (end - start > MAX_TEXT_BYTES) return undefined;
  const field = FIELD_TABLE.find(bytes, start, end);
  if (field === undefined)
    return hasEscape(bytes, start, end) ? fieldOfEscapedKey(bytes, start, end) : undefined;
  if (!field.exact) return field;
  // The first byte rules out `message` in nearly every line before a string is made.
  const isExact =
    bytes[start] === field.name.charCodeAt(0) && bytes.toString('latin1', start, end) === field.name;
  return isExact ? field : undefined;
}

function fieldOfEscapedKey(bytes: Buffer, start: number, end: number): Field | undefined {
  const name = Buffer.from(stringText(bytes, start, end) ?? '');
  return hasEscape(name, 0, name.length) ? undefined : fieldOfKey(name, 0, name.length);
}

/** Of a repeated key the first counts, whatever its value. */
function readValue(scan: Scan, field: Field): boolean {
  const bit = 1 << field.index;
  if ((scan.findings.present & bit) !== 0) return skipValue(scan);
  scan.findings.present |= bit;
  if (field.index > STATUS) return skipValue(scan);
  if (scan.bytes[scan.at] === OPEN_BRACE) {
    const nested = NESTED.get(field.index);
    if (nested !== undefined) return readObject(scan, nested);
  }
  return field.index === LOG || field.index === RECORD ? skipValue(scan) : storeValue(scan, field.index);
}

/** Stores the value at `scan.at`; false ends the reading: the value is torn, or no later key can outdo it. */
function storeValue(scan: Scan, index: number): boolean {
  const { bytes, findings } = scan;
  const start = scan.at;
  if (!skipValue(scan)) return false;
  const value = valueAt(bytes, { start, end: scan.at }, index);
  findings.values[index] = value;
  return index !== LEVEL || typeof value !== 'string';
}

function valueAt(
  bytes: Buffer,
  token: { readonly start: number; readonly end: number },
  index: number,
): FieldValue {
  const { start, end } = token;
  if (bytes[start] !== QUOTE) return index === STATUS ? null : (wholeNumber(bytes, start, end) ?? null);
  if (end - start > MAX_TEXT_BYTES) return null;
  const known = index === STATUS ? undefined : WORD_TABLE.find(bytes, start + 1, end - 1);
  if (known !== undefined) return known;
  const text = stringText(bytes, start + 1, end - 1) ?? '';
  return index === STATUS ? valueOfStatus(text) : valueOfText(text);
}

function skipValue(scan: Scan): boolean {
  const { bytes, end, at } = scan;
  const byte = bytes[at];
  if (byte === QUOTE) return moveTo(scan, skipString(bytes, at + 1, end));
  const isContainer = byte === OPEN_BRACE || byte === OPEN_BRACKET;
  return moveTo(scan, isContainer ? skipContainer(bytes, at, end) : skipScalar(bytes, at, end));
}
