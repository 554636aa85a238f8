import { compressPayloadSync, recordPayload, wireRun } from './encode.ts';
import { SECONDS_BELOW } from './foreign-fields.ts';
import { FLAG_UNTERMINATED, RECORD_VERSION, STDERR, type WireRun } from './format.ts';
import { type LineGroup, type Run, textOf } from './lines.ts';

const LF = 0x0a;
const CR = 0x0d;

/**
 * Lines `[from, to)` of a native group as a native record, compressed: decoding it gives the same texts, times, flags and
 * numbers. Throws a TypeError for a foreign group.
 */
export function ownRecordOf(group: LineGroup, from: number, to: number): Buffer {
  if (group.boot === undefined) throw new TypeError('a foreign group has no boot to name its lines by');
  const body: Buffer[] = [];
  const runs: WireRun[] = [];
  for (const run of group.runs) {
    const cut = cutRun(run, from, to);
    if (cut === undefined) continue;
    const lines = bodyOf(group, cut);
    body.push(lines);
    const { stream, timeMs, count, flags } = cut;
    runs.push(wireRun({ stream, timeMs, lines: count, bytes: lines.length, flags }));
  }
  const { agentId, workerId, boot, seq } = group;
  return compressPayloadSync(
    recordPayload(
      { log_drain: RECORD_VERSION, agent_id: agentId, worker_id: workerId, boot, seq: seq + from, runs },
      body,
    ),
  );
}

/** The part of a run that is within `[from, to)`. FLAG_UNTERMINATED is about the run's last line alone. */
function cutRun(run: Run, from: number, to: number): Run | undefined {
  const first = Math.max(run.first, from);
  const runEnd = run.first + run.count;
  const end = Math.min(runEnd, to);
  if (first >= end) return undefined;
  return {
    ...run,
    first,
    count: end - first,
    flags: end === runEnd ? run.flags : run.flags & ~FLAG_UNTERMINATED,
  };
}

/** The run's lines with their line ends. A text that ends with CR gets a second one, since readers remove one. */
function bodyOf({ bytes, places }: LineGroup, { first, count, flags }: Run): Buffer {
  const terminated = (flags & FLAG_UNTERMINATED) === 0 ? first + count : first + count - 1;
  const isDoubled = (i: number, start: number, end: number): boolean =>
    i < terminated && end > start && bytes[end - 1] === CR;
  let length = 0;
  for (let i = first; i < first + count; i += 1) {
    const [start, end] = [places.startOf(i), places.endOf(i)];
    length += end - start + (isDoubled(i, start, end) ? 2 : 1);
  }
  const body = Buffer.allocUnsafe(length);
  let at = 0;
  for (let i = first; i < first + count; i += 1) {
    const [start, end] = [places.startOf(i), places.endOf(i)];
    at += bytes.copy(body, at, start, end);
    if (isDoubled(i, start, end)) at = body.writeUInt8(CR, at);
    at = body.writeUInt8(LF, at);
  }
  return body;
}

/** Stands for lines `[from, to)` of a group. */
export interface GroupPart {
  readonly group: LineGroup;
  readonly from: number;
  readonly to: number;
}

/**
 * Foreign lines of one record, in order, as a JSON array of the objects that foreign producers write. Decoding it gives
 * the same texts, times, levels and numbers: a line before which others are left out gets a `log_drain_index`.
 */
export function foreignRecordOf(parts: readonly GroupPart[]): Buffer {
  const objects: string[] = [];
  let nextIndex = 0;
  for (const { group, from, to } of parts) {
    for (const run of group.runs) {
      const cut = cutRun(run, from, to);
      if (cut === undefined) continue;
      for (let i = cut.first; i < cut.first + cut.count; i += 1) {
        const index = group.seq + i;
        const place = index === nextIndex ? {} : { log_drain_index: index };
        objects.push(JSON.stringify({ ...foreignLine(group, run, i), ...place }));
        nextIndex = index + 1;
      }
    }
  }
  return Buffer.from(`[${objects.join(',\n')}]`);
}

/** Ids repeat with each line of such a record; a larger one is compressed. */
const MAX_PLAIN_BYTES = 256 * 1024;

/** The same as a record's data, fit to go into a function's payload again. */
export function foreignDataOf(parts: readonly GroupPart[]): Buffer {
  const json = foreignRecordOf(parts);
  return json.length > MAX_PLAIN_BYTES ? compressPayloadSync(json) : json;
}

function foreignLine(group: LineGroup, run: Run, i: number): object {
  const level = group.levels?.[i];
  return {
    agent_id: group.agentId,
    worker_id: group.workerId,
    stream: run.stream === STDERR ? 'stderr' : 'stdout',
    // A number so small would be read as seconds.
    timestamp: run.timeMs < SECONDS_BELOW ? new Date(run.timeMs).toISOString() : run.timeMs,
    ...(level !== undefined && { level }),
    message: textOf(group, i),
  };
}
