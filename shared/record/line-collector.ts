import type { Level } from '../level/levels.ts';
import type { StreamCode } from './format.ts';
import { JoinedPlaces } from './line-places.ts';
import type { LineGroup, Run } from './lines.ts';

/** Each costs some 500 bytes, so a record whose worker changes with every line could take more memory than its lines. */
const MAX_GROUPS = 65_536;
const FIRST_LINES = 256;
const FIRST_BYTES = 16 * 1024;
/** A record of ours brings its lines along: a batch of a thousand would take 18 MiB for nothing. */
const NO_BYTES = Buffer.alloc(0);
const NO_MARKS = new Uint32Array(0);

/** One line of a foreign record; its text is `bytes[start, end)`. */
export interface ForeignLine {
  readonly agentId: string;
  readonly workerId: string;
  readonly stream: StreamCode;
  readonly timeMs: number;
  readonly level: Level | undefined;
  /** Its place in the record it first came in, if that is known and past the lines before it. */
  readonly index: number | undefined;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Puts lines of one record together into groups, numbered by their place in the record. */
export interface LineCollector {
  /** False if the record has too many groups. */
  readonly add: (line: ForeignLine) => boolean;
  /** A record of ours, with at least one line, within the record. */
  readonly addOwn: (group: LineGroup) => boolean;
  readonly groups: () => readonly LineGroup[];
}

interface OpenGroup {
  readonly agentId: string;
  readonly workerId: string;
  readonly seq: number;
  readonly firstLine: number;
  count: number;
  readonly runs: OpenRun[];
  /** From the first line that has one on. */
  levels: (Level | undefined)[] | undefined;
}

type OpenRun = { -readonly [K in keyof Run]: Run[K] };

export function lineCollector(): LineCollector {
  let bytes = NO_BYTES;
  let used = 0;
  let marks = NO_MARKS;
  let lines = 0;
  let nextIndex = 0;
  const closed: (OpenGroup | LineGroup)[] = [];
  let open: OpenGroup | undefined;

  const groupFor = (line: ForeignLine, seq: number): OpenGroup => {
    const goesOn =
      open?.agentId === line.agentId && open.workerId === line.workerId && open.seq + open.count === seq;
    if (open !== undefined && goesOn) return open;
    const { agentId, workerId } = line;
    open = { agentId, workerId, seq, firstLine: lines, count: 0, runs: [], levels: undefined };
    closed.push(open);
    return open;
  };

  const append = (line: ForeignLine): void => {
    const length = line.end - line.start;
    if (used + length > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 * bytes.length, used + length));
      bytes.copy(larger, 0, 0, used);
      bytes = larger;
    }
    line.bytes.copy(bytes, used, line.start, line.end);
    used += length;
    lines += 1;
    if (lines >= marks.length) marks = twice(marks);
    marks[lines] = used;
  };

  return {
    add: (line) => {
      if (closed.length === MAX_GROUPS) return false;
      if (line.index !== undefined && line.index > nextIndex) nextIndex = line.index;
      const group = groupFor(line, nextIndex);
      append(line);
      nextIndex += 1;
      addToRun(group, line);
      if (line.level !== undefined) group.levels ??= Array.from({ length: group.count }, () => undefined);
      group.levels?.push(line.level);
      group.count += 1;
      return true;
    },
    addOwn: (group) => {
      if (closed.length === MAX_GROUPS) return false;
      closed.push(group);
      nextIndex += group.count;
      return true;
    },
    groups: () => closed.map((group) => ('firstLine' in group ? toLineGroup(group, bytes, marks) : group)),
  };
}

function addToRun(group: OpenGroup, { stream, timeMs }: ForeignLine): void {
  const last = group.runs.at(-1);
  if (last !== undefined && last.stream === stream && last.timeMs === timeMs) last.count += 1;
  else group.runs.push({ first: group.count, count: 1, stream, timeMs, flags: 0, head: group.count });
}

function toLineGroup(group: OpenGroup, bytes: Buffer, marks: Uint32Array): LineGroup {
  const { agentId, workerId, seq, count, runs, levels, firstLine } = group;
  return {
    agentId,
    workerId,
    boot: undefined,
    seq,
    bytes,
    places: new JoinedPlaces(marks, firstLine),
    count,
    runs,
    ...(levels !== undefined && { levels }),
  };
}

function twice(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(FIRST_LINES, 2 * array.length));
  larger.set(array);
  return larger;
}
