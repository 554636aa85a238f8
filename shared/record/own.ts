import { FLAG_UNTERMINATED, RECORD_VERSION, STDERR, STDOUT, type StreamCode } from './format.ts';
import { isAgentId, isBoot, isWorkerId } from './ids.ts';
import type { LineGroup, Run, UnreadableReason } from './lines.ts';
import { validUtf8 } from './utf8.ts';

/** 4,096 runs take at most some 150 KiB; the rest is room for keys to come. */
const MAX_HEADER_BYTES = 1024 * 1024;
const MAX_FROM_CHARACTERS = 128;
/** The last millisecond that RFC 3339 can write. */
export const MAX_TIME_MS = 253_402_300_799_999;
const LF = 0x0a;
const CR = 0x0d;
const OPENING_BRACE = 0x7b;

export type OwnRecord =
  | { readonly kind: 'own'; readonly group: LineGroup | undefined; readonly from?: string }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

/** Reads a record of ours; undefined if the payload does not begin with the header of one. */
export function readOwn(payload: Buffer): OwnRecord | undefined {
  const header = headerOf(payload);
  if (header === undefined) return undefined;
  const checked = checkHeader(header.fields);
  if (checked.kind === 'unreadable') return checked;
  const { agentId, workerId, boot, seq, runs, from } = checked;
  const lines = readLines(payload.subarray(header.end), runs);
  if (typeof lines === 'string') return unreadable(lines);
  const group =
    lines.count === 0
      ? undefined
      : { agentId, workerId, boot, seq, runs: runs.filter((run) => run.count > 0), ...lines };
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

/** Elements of a run past the fifth are for later versions. */
function checkRuns(value: unknown): readonly CheckedRun[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const runs: CheckedRun[] = [];
  let first = 0;
  for (const run of value as readonly unknown[]) {
    if (!Array.isArray(run)) return undefined;
    const [stream, timeMs, count, bytes, flags = 0] = run as readonly unknown[];
    if (!isStream(stream) || !isCount(timeMs) || !isCount(count) || !isCount(bytes) || !isCount(flags))
      return undefined;
    if (timeMs > MAX_TIME_MS) return undefined;
    runs.push({ first, count, stream, timeMs, flags, bytes });
    first += count;
  }
  return runs;
}

function isStream(value: unknown): value is StreamCode {
  return value === STDOUT || value === STDERR;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

interface Lines {
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
}

/** Finds the lines that the runs announce, or says that they are not there. */
function readLines(body: Buffer, runs: readonly CheckedRun[]): Lines | UnreadableReason {
  const count = countAnnounced(body, runs);
  if (count === undefined) return 'runs-mismatch';
  const raw = { bytes: body, starts: new Uint32Array(count), ends: new Uint32Array(count), count };
  if (!findLines(raw, runs)) return 'runs-mismatch';
  const valid = validUtf8(body);
  if (valid === undefined) return 'too-large';
  const lines = { ...raw, bytes: valid };
  // The line ends are the same ones, at other places.
  if (valid !== body) findLines(lines, [{ first: 0, count, bytes: valid.length }]);
  dropCarriageReturns(lines, runs);
  return lines;
}

/** The number of lines, if the runs' bytes make up the body and could hold that many. */
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

/** Fills starts and ends; false unless every run holds its lines exactly and ends with a line end. */
function findLines(lines: Lines, runs: readonly Pick<CheckedRun, 'first' | 'count' | 'bytes'>[]): boolean {
  const { bytes, starts, ends } = lines;
  let start = 0;
  let runEnd = 0;
  for (const run of runs) {
    runEnd += run.bytes;
    for (let i = run.first; i < run.first + run.count; i += 1) {
      const end = bytes.indexOf(LF, start);
      if (end === -1) return false;
      starts[i] = start;
      ends[i] = end;
      start = end + 1;
    }
    if (start !== runEnd) return false;
  }
  return true;
}

/** One CR before a line end belongs to it, but not where the line end is ours. */
function dropCarriageReturns({ bytes, starts, ends }: Lines, runs: readonly Run[]): void {
  for (const { first, count, flags } of runs) {
    const ended = (flags & FLAG_UNTERMINATED) === 0 ? count : count - 1;
    for (let i = first; i < first + ended; i += 1) {
      const end = ends[i] ?? 0;
      if (end > (starts[i] ?? 0) && bytes[end - 1] === CR) ends[i] = end - 1;
    }
  }
}

type Unreadable = { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

function unreadable(reason: UnreadableReason): Unreadable {
  return { kind: 'unreadable', reason };
}
