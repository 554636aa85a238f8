import type { Level } from '../level/words/levels.ts';
import type { StreamCode } from './format.ts';
import { freeIfLarge } from './free.ts';
import { JoinedPlaces } from './line-places.ts';
import { type LineGroup, type Run, sourceOf } from './lines.ts';

/** Each costs some 500 bytes, so a record whose worker changes with every line could take more memory than its lines. */
const MAX_GROUPS = 32_768;
/** Agents and their workers, each of which may need settings and requests of its own: a function takes seconds for so many. */
const MAX_SOURCES = 2_048;
/** Each costs some 100 bytes. Lines with a time of their own would have to be shorter than 128 bytes for 16 MiB to hold more. */
const MAX_RUNS = 131_072;
/** Each costs up to 8 bytes. Lines would have to be written in less than 8 bytes for 16 MiB to hold more, with nothing in them. */
const MAX_LINES = 2_097_152;
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
  /** Makes room for texts of so many bytes at once; what is not used of it takes no memory. */
  readonly reserve: (bytes: number) => void;
  /** False if the record has too many groups, sources, runs or lines. */
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
  runs: OpenRun[];
  /** From the first line that has one on. */
  levels: (Level | undefined)[] | undefined;
}

type OpenRun = { -readonly [K in keyof Run]: Run[K] };
const NO_RUNS: OpenRun[] = [];

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
    const { agentId, workerId } = line;
    open = { agentId, workerId, seq, firstLine: texts.count(), count: 0, runs: NO_RUNS, levels: undefined };
    closed.push(open);
    sources.add(sourceOf(open));
    return open;
  };

  const runFor = ({ stream, timeMs }: ForeignLine, group: OpenGroup): OpenRun => {
    const last = group.runs.at(-1);
    if (last?.stream === stream && last.timeMs === timeMs) return last;
    const run = { first: group.count, count: 0, stream, timeMs, flags: 0, head: group.count };
    runs += 1;
    // An array that begins empty would take room for 17 with the first.
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

/** The texts of a record's lines, one behind the other. */
interface Texts extends Pick<LineCollector, 'reserve'> {
  readonly add: (text: Pick<ForeignLine, 'bytes' | 'start' | 'end'>) => void;
  readonly count: () => number;
  /** Their bytes, and where each starts and the last ends. */
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
  freeIfLarge(array);
  return larger;
}
