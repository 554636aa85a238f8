import { isObject, type JsonObject, textOf } from '../kit/body.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Where a string that began before `at` ends. */
function stringEnd(bytes: Buffer, at: number): number {
  for (let index = at; index < bytes.length; index += 1) {
    if (bytes[index] === BACKSLASH) index += 1;
    else if (bytes[index] === QUOTE) return index;
  }
  return bytes.length;
}

/** The end of the object that begins at `at`: one past its closing brace, or -1. */
function objectEnd(bytes: Buffer, at: number): number {
  let depth = 0;
  for (let index = at; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) index = stringEnd(bytes, index + 1);
    else if (byte === OPEN) depth += 1;
    else if (byte === CLOSE) {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

/** One object of a body, with its source: JSON alone does not tell 1e9 from 1000000000. */
export interface SplunkObject {
  readonly value: JsonObject;
  readonly source: string;
}

function objectOf(bytes: Buffer): SplunkObject | undefined {
  const source = textOf(bytes);
  if (source === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(source);
    return isObject(value) ? { value, source } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The objects of a body in order, as the collector reads them: one after another, with or without white
 * space between. Undefined stands for what is no object; nothing is read after it.
 */
export function* splunkObjects(bytes: Buffer): Generator<SplunkObject | undefined> {
  let at = 0;
  for (;;) {
    while (isSpace(bytes[at])) at += 1;
    if (at >= bytes.length) return;
    const end = bytes[at] === OPEN ? objectEnd(bytes, at) : -1;
    const object = end === -1 ? undefined : objectOf(bytes.subarray(at, end));
    yield object;
    if (object === undefined) return;
    at = end;
  }
}
