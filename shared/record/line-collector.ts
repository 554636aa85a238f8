import type { Level } from '../level/words/levels.ts';
import type { StreamCode } from './format.ts';
import { freeIfLarge } from './free.ts';
import { JoinedPlaces } from './line-places.ts';
import { type LineGroup, type Run, sourceOf } from './lines.ts';

/** Most groups of a record. Each takes some 500 bytes: if the worker changes with every line, more than the lines themselves. */
export const MAX_GROUPS = 32_768;
/** Most workers of a record, all agents together. Each may need its own settings and requests: so many take seconds. */
export const MAX_SOURCES = 2_048;
/** Most runs of a record. Each takes some 100 bytes. In 16 MiB, only lines of under 128 bytes with a time each need more. */
export const MAX_RUNS = 131_072;
/** Most foreign lines of a record. Each takes up to 8 bytes. Only empty lines are written in so few that 16 MiB hold more. */
export const MAX_LINES = 2_097_152;
const FIRST_LINES = 256;
const FIRST_BYTES = 16 * 1024;
/** Nothing is allocated before a foreign line comes: native records, a thousand in a batch, would take 18 MiB for nothing. */
const NO_BYTES = Buffer.alloc(0);
const NO_MARKS = new Uint32Array(0);

/** One line of a foreign record; its text is `bytes[start, end)`. */
export interface ForeignLine {
  readonly agentId: string;
  readonly workerId: string;
  readonly stream: StreamCode;
  readonly timeMs: number;
  /** The producer gave a time that cannot be read, and `timeMs` is that of arrival. */
  readonly isTimeUnread: boolean;
  readonly level: Level | undefined;
  /** Its number in the record that it first came in, if known; ignored if it is not above the numbers before it. */
  readonly index: number | undefined;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Collects the lines of one record into groups and numbers them by their position in the record. */
export interface LineCollector {
  /** Allocates room for texts of so many bytes at once; pages that stay unused take no memory. */
  readonly reserve: (bytes: number) => void;
  /** False if the record has too many groups, sources, runs or lines. */
  readonly add: (line: ForeignLine) => boolean;
  /** Adds the lines of a native record, at least one. False as above. */
  readonly addOwn: (group: LineGroup) => boolean;
  readonly groups: () => readonly LineGroup[];
}

interface OpenGroup {
  readonly agentId: string;
  readonly workerId: string;
  readonly seq: number;
  readonly firstLine: number;
  count: number;
  runs: OpenRun[];
  /** Undefined until a line has a level. */
  levels: (Level | undefined)[] | undefined;
  unreadTimes: number;
}

type OpenRun = { -readonly [K in keyof Run]: Run[K] };
const NO_RUNS: OpenRun[] = [];

function openGroup({ agentId, workerId }: ForeignLine, seq: number, firstLine: number): OpenGroup {
  return { agentId, workerId, seq, firstLine, count: 0, runs: NO_RUNS, levels: undefined, unreadTimes: 0 };
}

export function lineCollector(): LineCollector {
  const texts = createTexts();
  let nextIndex = 0;
  const closed: (OpenGroup | LineGroup)[] = [];
  let open: OpenGroup | undefined;
  let runs = 0;
  const sources = new Set<string>();
  const isFull = (): boolean =>
    closed.length === MAX_GROUPS ||
    sources.size > MAX_SOURCES ||
    runs >= MAX_RUNS ||
    texts.count() >= MAX_LINES;

  const groupFor = (line: ForeignLine, seq: number): OpenGroup => {
    const goesOn =
      open?.agentId === line.agentId && open.workerId === line.workerId && open.seq + open.count === seq;
    if (open !== undefined && goesOn) return open;
    open = openGroup(line, seq, texts.count());
    closed.push(open);
    sources.add(sourceOf(open));
    return open;
  };

  const runFor = ({ stream, timeMs }: ForeignLine, group: OpenGroup): OpenRun => {
    const last = group.runs.at(-1);
    if (last?.stream === stream && last.timeMs === timeMs) return last;
    const run = { first: group.count, count: 0, stream, timeMs, flags: 0, head: group.count };
    runs += 1;
    // Pushing onto an empty array would allocate 17 elements.
    if (last === undefined) group.runs = [run];
    else group.runs.push(run);
    return run;
  };

  return {
    reserve: texts.reserve,
    add: (line) => {
      if (isFull()) return false;
      if (line.index !== undefined && line.index > nextIndex) nextIndex = line.index;
      const group = groupFor(line, nextIndex);
      texts.add(line);
      nextIndex += 1;
      runFor(line, group).count += 1;
      if (line.level !== undefined) group.levels ??= Array.from({ length: group.count }, () => undefined);
      group.levels?.push(line.level);
      if (line.isTimeUnread) group.unreadTimes += 1;
      group.count += 1;
      return true;
    },
    addOwn: (group) => {
      runs += group.runs.length;
      sources.add(sourceOf(group));
      if (isFull()) return false;
      closed.push(group);
      nextIndex += group.count;
      return true;
    },
    groups: () => closed.map((group) => ('firstLine' in group ? toLineGroup(group, texts.all()) : group)),
  };
}

/** The texts of a record's lines, one after the other in one buffer. */
interface Texts extends Pick<LineCollector, 'reserve'> {
  readonly add: (text: Pick<ForeignLine, 'bytes' | 'start' | 'end'>) => void;
  readonly count: () => number;
  /** Their bytes; `marks` has the start of each text, and the end of the last. */
  readonly all: () => { readonly bytes: Buffer; readonly marks: Uint32Array };
}

function createTexts(): Texts {
  let bytes = NO_BYTES;
  let used = 0;
  let marks = NO_MARKS;
  let count = 0;

  const reserve = (more: number): void => {
    if (used + more <= bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 * bytes.length, used + more));
    bytes.copy(larger, 0, 0, used);
    freeIfLarge(bytes);
    bytes = larger;
  };

  return {
    reserve,
    add: ({ bytes: source, start, end }) => {
      reserve(end - start);
      used += source.copy(bytes, used, start, end);
      count += 1;
      if (count >= marks.length) marks = twice(marks);
      marks[count] = used;
    },
    count: () => count,
    all: () => ({ bytes, marks }),
  };
}

function toLineGroup(group: OpenGroup, { bytes, marks }: ReturnType<Texts['all']>): LineGroup {
  const { agentId, workerId, seq, count, runs, levels, firstLine, unreadTimes } = group;
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
    ...(unreadTimes > 0 && { unreadTimes }),
  };
}

function twice(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(FIRST_LINES, 2 * array.length));
  larger.set(array);
  freeIfLarge(array);
  return larger;
}
