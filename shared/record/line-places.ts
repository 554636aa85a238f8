import { FLAG_UNTERMINATED } from './format.ts';
import { type LinePlaces, type Run, runIndexOf } from './lines.ts';

const LF = 0x0a;
const CR = 0x0d;

/** So many lines have a mark each; of more, each second has one, or each fourth, and so on. */
const MAX_MARKS = 65_536;

/** A mark is where a line starts: one for each `2 ** shift` lines, and one for the end where a line would start there. */
interface Marks {
  readonly marks: Uint32Array;
  readonly shift: number;
  /** A line ends with CRLF. Where none does, its last bytes need not be fetched again to find its end. */
  readonly hasCrLf: boolean;
}

/** Marks the lines that the runs announce; undefined unless each run holds its lines exactly and ends with a line end. */
export function markLines(
  bytes: Buffer,
  count: number,
  runs: readonly (Pick<Run, 'first' | 'count'> & { readonly bytes: number })[],
): Marks | undefined {
  const shift = 32 - Math.clz32(Math.max(0, count - 1) / MAX_MARKS);
  const marks = new Uint32Array((count >> shift) + 1);
  const isMarked = (i: number): boolean => (i & ((1 << shift) - 1)) === 0;
  let hasCrLf = false;
  let start = 0;
  let runEnd = 0;
  for (const run of runs) {
    runEnd += run.bytes;
    for (let i = run.first; i < run.first + run.count; i += 1) {
      if (isMarked(i)) marks[i >> shift] = start;
      const end = bytes.indexOf(LF, start);
      if (end === -1) return undefined;
      hasCrLf ||= bytes[end - 1] === CR;
      start = end + 1;
    }
    if (start !== runEnd) return undefined;
  }
  if (isMarked(count)) marks[count >> shift] = start;
  return { marks, shift, hasCrLf };
}

/**
 * Lines that each end with an LF. What is kept for them does not grow with their number: a line without a mark is found
 * by the line ends before it, which for the next one along is the end of the last.
 */
export class EndedPlaces implements LinePlaces {
  readonly marks: Uint32Array;
  private readonly shift: number;
  private readonly hasCrLf: boolean;
  private readonly bytes: Buffer;
  private readonly runs: readonly Run[];
  /** The line that was looked for last, and where the next one starts; only where not each line has a mark. */
  private line = -1;
  private start = 0;
  private next = 0;

  constructor(bytes: Buffer, runs: readonly Run[], { marks, shift, hasCrLf }: Marks) {
    this.bytes = bytes;
    this.runs = runs;
    this.marks = marks;
    this.shift = shift;
    this.hasCrLf = hasCrLf;
  }

  startOf(i: number): number {
    if (this.shift === 0) return this.marks[i] ?? 0;
    this.find(i);
    return this.start;
  }

  endOf(i: number): number {
    const end = this.startOfNext(i) - 1;
    return this.hasCrLf && this.bytes[end - 1] === CR && this.isEndedByAgent(i) ? end - 1 : end;
  }

  private startOfNext(i: number): number {
    if (this.shift === 0) return this.marks[i + 1] ?? 0;
    this.find(i);
    return this.next;
  }

  private find(i: number): void {
    if (i === this.line) return;
    if (i !== this.line + 1) {
      this.next = this.marks[i >> this.shift] ?? 0;
      for (let at = (i >> this.shift) << this.shift; at < i; at += 1) this.pass();
    }
    this.line = i;
    this.start = this.next;
    this.pass();
  }

  private pass(): void {
    this.next = this.bytes.indexOf(LF, this.next) + 1;
  }

  /** One CR before a line end belongs to it, but not where the line end is ours. */
  private isEndedByAgent(i: number): boolean {
    const run = this.runs[runIndexOf(this.runs, i)];
    if (run === undefined || (run.flags & FLAG_UNTERMINATED) === 0) return true;
    return i < run.first + run.count - 1;
  }
}

/** Texts one behind the other with nothing between, from text `first` on; `marks` are their starts, and the last one's end. */
export class JoinedPlaces implements LinePlaces {
  readonly marks: Uint32Array;
  private readonly first: number;

  constructor(marks: Uint32Array, first: number) {
    this.marks = marks;
    this.first = first;
  }

  startOf(i: number): number {
    return this.marks[this.first + i] ?? 0;
  }

  endOf(i: number): number {
    return this.marks[this.first + i + 1] ?? 0;
  }
}
