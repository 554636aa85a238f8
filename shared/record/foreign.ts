import { givenLevelOf, timeMsOf } from './foreign-fields.ts';
import { STDERR, STDOUT } from './format.ts';
import { cleanWorkerId, isAgentId, isWorkerId, UNKNOWN_WORKER_ID } from './ids.ts';
import {
  hasEscape,
  OPENING_BRACE,
  OPENING_BRACKET,
  scanArray,
  scanObject,
  skipSpace,
  stringAt,
  valueEnd,
} from './json-scan.ts';
import type { LineCollector } from './line-collector.ts';
import type { Arrival, UnreadableReason } from './lines.ts';
import { validUtf8 } from './utf8.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const BOM = Buffer.from('\ufeff');

/**
 * Reads lines of producers other than our shipper: JSON objects `{agent_id, worker_id?, stream?, timestamp?, level?,
 * message}` and CloudWatch Logs subscription data, alone, one after another, or in arrays. One object that cannot be read
 * makes the whole payload unreadable, since nothing else would keep what is in it. Returns why, or undefined when all went well.
 */
export function readForeign(
  payload: Buffer,
  arrival: Arrival,
  lines: LineCollector,
): UnreadableReason | undefined {
  const json = validUtf8(payload);
  if (json === undefined) return 'too-large';
  // No text is longer than the JSON that it is written in.
  lines.reserve(json.length);
  const reader: Reader = { json, arrival, lines, reason: undefined };
  const start = json.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  let at = skipSpace(json, start);
  if (at === json.length) return 'empty';
  while (at < json.length) {
    const end =
      json[at] === OPENING_BRACKET
        ? scanArray(json, at, (elementAt) => readElement(reader, elementAt))
        : readElement(reader, at);
    if (end === -1) return reader.reason ?? 'unknown-format';
    at = skipSpace(json, end);
  }
  return undefined;
}

interface Reader {
  readonly json: Buffer;
  readonly arrival: Arrival;
  readonly lines: LineCollector;
  /** Why the last step gave up, where that is more than bad JSON. */
  reason: UnreadableReason | undefined;
}

function giveUp(reader: Reader, reason: UnreadableReason): -1 {
  reader.reason = reason;
  return -1;
}

/** The keys that mean something to us. */
const KEYS = [
  'agent_id',
  'worker_id',
  'stream',
  'timestamp',
  'level',
  'message',
  'log_drain',
  'log_drain_index',
  'messageType',
  'logGroup',
  'logStream',
  'logEvents',
] as const;
type Key = (typeof KEYS)[number];
const KNOWN: ReadonlyMap<string, Key> = new Map(KEYS.map((key) => [key, key]));
const QUOTED = KEYS.map((key) => ({ key, bytes: Buffer.from(`"${key}"`) }));

interface Slice {
  readonly start: number;
  readonly end: number;
}

/** An object of the payload and where its values are; of a repeated key the last counts, as with JSON.parse. */
interface Found extends Slice {
  readonly values: ReadonlyMap<Key, Slice>;
}

function findValues(json: Buffer, at: number): Found | undefined {
  if (json[at] !== OPENING_BRACE) return undefined;
  const values = new Map<Key, Slice>();
  const end = scanObject(json, at, (name, start) => {
    const valueEndsAt = valueEnd(json, start);
    const key = knownKey(json, name);
    if (key !== undefined) values.set(key, { start, end: valueEndsAt });
    return valueEndsAt;
  });
  return end === -1 ? undefined : { values, start: at, end };
}

/** Without making a string of each key. */
function knownKey(json: Buffer, { start, end }: Slice): Key | undefined {
  for (const { key, bytes } of QUOTED) {
    if (bytes.length === end - start && isAt(json, start, bytes)) return key;
  }
  return hasEscape(json, start, end) ? KNOWN.get(stringAt(json, start, end) ?? '') : undefined;
}

function isAt(json: Buffer, start: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i += 1) if (json[start + i] !== bytes[i]) return false;
  return true;
}

/** Strings, numbers, true, false and null as they are; undefined for all else, and for what is not there. */
function scalarOf(json: Buffer, slice: Slice | undefined): unknown {
  if (slice === undefined) return undefined;
  if (json[slice.start] === QUOTE) return stringAt(json, slice.start, slice.end);
  if (json[slice.start] === OPENING_BRACE || json[slice.start] === OPENING_BRACKET) return undefined;
  try {
    return JSON.parse(json.toString('latin1', slice.start, slice.end));
  } catch {
    return undefined;
  }
}

function readElement(reader: Reader, at: number): number {
  const found = findValues(reader.json, at);
  if (found === undefined) return -1;
  if (found.values.has('log_drain')) return giveUp(reader, 'bad-header');
  const agentId = scalarOf(reader.json, found.values.get('agent_id')) ?? undefined;
  if (agentId === undefined && found.values.has('messageType')) return readSubscription(reader, found);
  const workerId = scalarOf(reader.json, found.values.get('worker_id'));
  return addLine(reader, found, { agentId, workerId });
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
function readSubscription(reader: Reader, found: Found): number {
  const { json } = reader;
  const type = scalarOf(json, found.values.get('messageType'));
  if (type === 'CONTROL_MESSAGE') return found.end;
  if (type !== 'DATA_MESSAGE') return giveUp(reader, 'no-agent-id');
  const logGroup = scalarOf(json, found.values.get('logGroup'));
  const agentId = typeof logGroup === 'string' ? logGroup.slice(logGroup.lastIndexOf('/') + 1) : undefined;
  const workerId = scalarOf(json, found.values.get('logStream'));
  const events = found.values.get('logEvents');
  if (events === undefined || json[events.start] !== OPENING_BRACKET) return giveUp(reader, 'unknown-format');
  const end = scanArray(json, events.start, (eventAt) => {
    const event = findValues(json, eventAt);
    return event === undefined ? -1 : addLine(reader, event, { agentId, workerId });
  });
  return end === -1 ? -1 : found.end;
}

function addLine(
  reader: Reader,
  found: Found,
  ids: { readonly agentId: unknown; readonly workerId: unknown },
): number {
  const { json, arrival } = reader;
  if (ids.agentId === undefined) return giveUp(reader, 'no-agent-id');
  if (!isAgentId(ids.agentId)) return giveUp(reader, 'bad-agent-id');
  const text = messageOf(json, found);
  if (text === undefined) return -1;
  const value = (key: Key): unknown => scalarOf(json, found.values.get(key));
  const index = value('log_drain_index');
  const added = reader.lines.add({
    agentId: ids.agentId,
    workerId: workerIdOf(ids.workerId, arrival),
    stream: value('stream') === 'stderr' ? STDERR : STDOUT,
    timeMs: timeMsOf(value('timestamp')) ?? arrival.arrivalMs,
    level: givenLevelOf(value('level')),
    index: typeof index === 'number' && Number.isSafeInteger(index) ? index : undefined,
    ...withoutLineEnd(text),
  });
  return added ? found.end : giveUp(reader, 'too-large');
}

function workerIdOf(given: unknown, { partitionKey }: Arrival): string {
  if (typeof given === 'string' && given !== '') return cleanWorkerId(given);
  if (typeof given === 'number') return cleanWorkerId(String(given));
  return isWorkerId(partitionKey) ? partitionKey : UNKNOWN_WORKER_ID;
}

interface Text extends Slice {
  readonly bytes: Buffer;
}

/** A message that is not a string is kept as it is written; where there is none, the whole object is the text. */
function messageOf(json: Buffer, found: Found): Text | undefined {
  const message = found.values.get('message');
  if (message === undefined) return { bytes: json, start: found.start, end: found.end };
  const { start, end } = message;
  if (json[start] !== QUOTE) {
    const isNull = scalarOf(json, message) === null;
    return isNull ? { bytes: json, start: found.start, end: found.end } : { bytes: json, start, end };
  }
  if (!hasEscape(json, start, end)) return { bytes: json, start: start + 1, end: end - 1 };
  const text = stringAt(json, start, end);
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text);
  return { bytes, start: 0, end: bytes.length };
}

/** Some producers leave the line end in the message (docker's json-file, functions' logs in CloudWatch). */
function withoutLineEnd({ bytes, start, end }: Text): Text {
  let to = end;
  while (to > start && bytes[to - 1] === LF) {
    to -= 1;
    if (to > start && bytes[to - 1] === CR) to -= 1;
  }
  return { bytes, start, end: to };
}
