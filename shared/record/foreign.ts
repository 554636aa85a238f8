import { levelOfJson } from '../level/fields/json.ts';
import type { Level } from '../level/words/levels.ts';
import { givenLevelOf, timeMsOf } from './foreign-fields.ts';
import { STDERR, STDOUT } from './format.ts';
import { cleanWorkerId, isAgentId, isWorkerId, UNKNOWN_WORKER_ID } from './ids.ts';
import { hasEscape, OPENING_BRACE, OPENING_BRACKET, scanItems, skipSpace, stringAt } from './json-scan.ts';
import type { LineCollector } from './line-collector.ts';
import type { Arrival, UnreadableReason } from './lines.ts';
import { Members } from './members.ts';
import { validUtf8 } from './utf8.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const BOM = Buffer.from('\ufeff');

/**
 * Reads lines of producers other than our shipper: JSON objects `{agent_id, worker_id?, stream?, timestamp?, level?,
 * message}` and CloudWatch Logs subscription data, alone, one after another, or in arrays. Returns why the payload cannot
 * be read, undefined if it can. One bad object makes all of it unreadable: the whole record is then parked, and nothing lost.
 */
export function readForeign(
  payload: Buffer,
  arrival: Arrival,
  lines: LineCollector,
): UnreadableReason | undefined {
  const json = validUtf8(payload);
  if (json === undefined) return 'too-large';
  // A message is never longer than the JSON that it is written in.
  lines.reserve(json.length);
  const [object, event] = [new Members(json), new Members(json)];
  const reader: Reader = { json, arrival, lines, object, event, reason: undefined };
  const start = json.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  const readNext = (elementAt: number): number => readElement(reader, elementAt);
  let at = skipSpace(json, start);
  if (at === json.length) return 'empty';
  while (at < json.length) {
    const end = json[at] === OPENING_BRACKET ? scanItems(json, at, readNext) : readNext(at);
    if (end === -1) return reader.reason ?? 'unknown-format';
    at = skipSpace(json, end);
  }
  return undefined;
}

interface Reader {
  readonly json: Buffer;
  readonly arrival: Arrival;
  readonly lines: LineCollector;
  /** The members of the object that is being read, and those of one log event inside subscription data. */
  readonly object: Members;
  readonly event: Members;
  /** Why reading stopped; undefined if it did not, or if the text is not the JSON that we expect. */
  reason: UnreadableReason | undefined;
}

function giveUp(reader: Reader, reason: UnreadableReason): -1 {
  reader.reason = reason;
  return -1;
}

function readElement(reader: Reader, at: number): number {
  const { object } = reader;
  if (!object.read(at)) return -1;
  if (object.has('log_drain')) return giveUp(reader, 'bad-header');
  const agentId = object.scalar('agent_id') ?? undefined;
  if (agentId === undefined && object.has('messageType')) return readSubscription(reader);
  return addLine(reader, object, { agentId, workerId: object.scalar('worker_id') });
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
function readSubscription(reader: Reader): number {
  const { json, object, event } = reader;
  const type = object.scalar('messageType');
  if (type === 'CONTROL_MESSAGE') return object.end;
  if (type !== 'DATA_MESSAGE') return giveUp(reader, 'no-agent-id');
  const logGroup = object.scalar('logGroup');
  const agentId = typeof logGroup === 'string' ? logGroup.slice(logGroup.lastIndexOf('/') + 1) : undefined;
  const ids = { agentId, workerId: object.scalar('logStream') };
  const eventsAt = object.startOf('logEvents');
  if (json[eventsAt] !== OPENING_BRACKET) return giveUp(reader, 'unknown-format');
  const end = scanItems(json, eventsAt, (at) => (event.read(at) ? addLine(reader, event, ids) : -1));
  return end === -1 ? -1 : object.end;
}

/** Adds one line. Returns the offset after its object, or -1 if the payload cannot be read. */
function addLine(
  reader: Reader,
  found: Members,
  ids: { readonly agentId: unknown; readonly workerId: unknown },
): number {
  const { json, arrival } = reader;
  if (ids.agentId === undefined) return giveUp(reader, 'no-agent-id');
  if (!isAgentId(ids.agentId)) return giveUp(reader, 'bad-agent-id');
  const text = messageOf(json, found);
  if (text === undefined) return -1;
  const index = found.scalar('log_drain_index');
  const givenMs = timeMsOf(found.scalar('timestamp'));
  const added = reader.lines.add({
    agentId: ids.agentId,
    workerId: workerIdOf(ids.workerId, arrival),
    stream: found.scalar('stream') === 'stderr' ? STDERR : STDOUT,
    timeMs: givenMs ?? arrival.arrivalMs,
    isTimeUnread: givenMs === undefined && found.has('timestamp') && found.scalar('timestamp') !== null,
    level: levelGivenBy(json, found),
    index: typeof index === 'number' && Number.isSafeInteger(index) ? index : undefined,
    bytes: text.bytes,
    start: text.start,
    end: endOfText(text),
  });
  return added ? found.end : giveUp(reader, 'too-many-parts');
}

/** `level`, or `level.name`. */
function levelGivenBy(json: Buffer, found: Members): Level | undefined {
  if (!found.has('level')) return undefined;
  if (json[found.startOf('level')] === OPENING_BRACE) return levelOfJson(json, found.start, found.end);
  return givenLevelOf(found.scalar('level'));
}

function workerIdOf(given: unknown, { partitionKey }: Arrival): string {
  if (typeof given === 'string' && given !== '') return cleanWorkerId(given);
  if (typeof given === 'number') return cleanWorkerId(String(given));
  return isWorkerId(partitionKey) ? partitionKey : UNKNOWN_WORKER_ID;
}

interface Text {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A message that is not a string is kept as its JSON text. If it is null or missing, the text is the whole object. */
function messageOf(json: Buffer, found: Members): Text | undefined {
  if (!found.has('message')) return { bytes: json, start: found.start, end: found.end };
  const [start, end] = [found.startOf('message'), found.endOf('message')];
  if (json[start] !== QUOTE) {
    const isNull = found.scalar('message') === null;
    return isNull ? { bytes: json, start: found.start, end: found.end } : { bytes: json, start, end };
  }
  if (!hasEscape(json, start, end)) return { bytes: json, start: start + 1, end: end - 1 };
  const text = stringAt(json, start, end);
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text);
  return { bytes, start: 0, end: bytes.length };
}

/** The end of the text without line ends: some producers leave them in the message (docker's json-file, Lambda's logs). */
function endOfText({ bytes, start, end }: Text): number {
  let to = end;
  while (to > start && bytes[to - 1] === LF) {
    to -= 1;
    if (to > start && bytes[to - 1] === CR) to -= 1;
  }
  return to;
}
