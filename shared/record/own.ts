import { FLAG_EVENTS, FLAG_UNTERMINATED, RECORD_VERSION, STDERR, STDOUT, type StreamCode } from './format.ts';
import { isAgentId, isBoot, isWorkerId } from './ids.ts';
import { EndedPlaces, markLines } from './line-places.ts';
import type { LineGroup, Run, UnreadableReason } from './lines.ts';
import { validUtf8 } from './utf8.ts';

/** Longest header, LF included: 4,096 runs take at most some 150 KiB, the rest is room for later keys. */
export const MAX_HEADER_BYTES = 1024 * 1024;
/** So much of `from` is kept. */
export const MAX_FROM_CHARACTERS = 128;
/** The latest time, in epoch ms: the last one that RFC 3339 can write. */
export const MAX_TIME_MS = 253_402_300_799_999;
const LF = 0x0a;
const OPENING_BRACE = 0x7b;

/** A native record; `group` is undefined if it has no lines. */
export type OwnRecord =
  | { readonly kind: 'own'; readonly group: LineGroup | undefined; readonly from?: string }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

/** Reads a native record; undefined if the payload does not begin with the header of one. */
export function readOwn(payload: Buffer): OwnRecord | undefined {
  const header = headerOf(payload);
  if (header === undefined) return undefined;
  const checked = checkHeader(header.fields);
  if (checked.kind === 'unreadable') return checked;
  const { agentId, workerId, boot, seq, runs, from } = checked;
  const lines = readLines(payload.subarray(header.end), runs);
  if (typeof lines === 'string') return unreadable(lines);
  const group = lines.count === 0 ? undefined : { agentId, workerId, boot, seq, ...lines };
  return { kind: 'own', group, ...(from !== undefined && { from }) };
}

type Fields = Readonly<Record<string, unknown>>;

function headerOf(payload: Buffer): { readonly fields: Fields; readonly end: number } | undefined {
  if (payload[0] !== OPENING_BRACE) return undefined;
  const end = payload.subarray(0, MAX_HEADER_BYTES).indexOf(LF) + 1;
  if (end === 0) return undefined;
  const line = payload.subarray(0, end);
  if (!line.includes('"log_drain"')) return undefined;
  try {
    const fields: unknown = JSON.parse(line.toString());
    return isFields(fields) && Object.hasOwn(fields, 'log_drain') ? { fields, end } : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface CheckedRun extends Run {
  readonly bytes: number;
}

interface CheckedHeader {
  readonly kind: 'header';
  readonly agentId: string;
  readonly workerId: string;
  readonly boot: string;
  readonly seq: number;
  readonly runs: readonly CheckedRun[];
  readonly from: string | undefined;
}

function checkHeader(fields: Fields): CheckedHeader | Unreadable {
  const { log_drain: version, agent_id: agentId, worker_id: workerId, boot, seq } = fields;
  if (typeof version !== 'number') return unreadable('bad-header');
  if (version !== RECORD_VERSION) return unreadable('newer-record');
  if (agentId === undefined) return unreadable('no-agent-id');
  if (!isAgentId(agentId)) return unreadable('bad-agent-id');
  if (!isWorkerId(workerId) || !isBoot(boot) || !isCount(seq)) return unreadable('bad-header');
  const runs = checkRuns(fields['runs']);
  if (runs === undefined) return unreadable('bad-header');
  const last = runs.at(-1);
  if (last !== undefined && !isCount(seq + last.first + last.count)) return unreadable('bad-header');
  const from = typeof fields['from'] === 'string' ? fields['from'].slice(0, MAX_FROM_CHARACTERS) : undefined;
  return { kind: 'header', agentId, workerId, boot, seq, runs, from };
}

/** Undefined if the runs are not valid. Elements of a run after the fifth are ignored: later versions may add some. */
function checkRuns(value: unknown): readonly CheckedRun[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const runs: CheckedRun[] = [];
  const begun: BegunLines = [];
  let first = 0;
  for (const run of value as readonly unknown[]) {
    if (!Array.isArray(run)) return undefined;
    const [stream, timeMs, count, bytes, flags = 0] = run as readonly unknown[];
    if (!isStream(stream) || !isCount(timeMs) || !isCount(count) || !isCount(bytes) || !isCount(flags))
      return undefined;
    if (timeMs > MAX_TIME_MS) return undefined;
    const head = headOf(begun, { first, stream, flags });
    const next = { first, count, stream, timeMs, flags, head, bytes };
    runs.push(next);
    noteBegun(begun, next);
    first += count;
  }
  return runs;
}

/** By stream: the first part of the line that its last run left open. Events of the shipper may stand between the parts. */
type BegunLines = (number | undefined)[];

function headOf(
  begun: BegunLines,
  { first, stream, flags }: Pick<Run, 'first' | 'stream' | 'flags'>,
): number {
  return (flags & FLAG_EVENTS) === 0 ? (begun[stream] ?? first) : first;
}

function noteBegun(begun: BegunLines, { first, count, stream, flags, head }: Run): void {
  if (count === 0 || (flags & FLAG_EVENTS) !== 0) return;
  const last = count === 1 ? head : first + count - 1;
  begun[stream] = (flags & FLAG_UNTERMINATED) === 0 ? undefined : last;
}

function isStream(value: unknown): value is StreamCode {
  return value === STDOUT || value === STDERR;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Finds the lines of the runs in the body. Returns why it cannot be read if they do not match. */
function readLines(
  body: Buffer,
  runs: readonly CheckedRun[],
): Pick<LineGroup, 'bytes' | 'places' | 'count' | 'runs'> | UnreadableReason {
  const count = countAnnounced(body, runs);
  const found = count === undefined ? undefined : markLines(body, count, runs);
  if (count === undefined || found === undefined) return 'runs-mismatch';
  const bytes = validUtf8(body);
  if (bytes === undefined) return 'too-large';
  // Replacing invalid UTF-8 moves the line ends, but neither adds nor removes any.
  const marks = bytes === body ? found : markLines(bytes, count, [{ first: 0, count, bytes: bytes.length }]);
  if (marks === undefined) return 'runs-mismatch';
  const withLines = runs.filter((run) => run.count > 0);
  return { bytes, places: new EndedPlaces(bytes, withLines, marks), count, runs: withLines };
}

/** The sum of the runs' lines; undefined if their bytes are not the body's, or a run has more lines than bytes. */
function countAnnounced(body: Buffer, runs: readonly CheckedRun[]): number | undefined {
  let lines = 0;
  let bytes = 0;
  for (const run of runs) {
    lines += run.count;
    bytes += run.bytes;
    if (run.count > run.bytes || bytes > body.length) return undefined;
  }
  return bytes === body.length ? lines : undefined;
}

type Unreadable = { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

function unreadable(reason: UnreadableReason): Unreadable {
  return { kind: 'unreadable', reason };
}
