import { FLAG_UNTERMINATED } from './format.ts';
import { type LinePlaces, type Run, runIndexOf } from './lines.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Up to so many lines, each has a mark; above, every second line has one, or every fourth, and so on. */
const MAX_MARKS = 65_536;

/** A mark is the offset at which a line starts. Every `2 ** shift`th line has one, and so may the end of the last line. */
interface Marks {
  readonly marks: Uint32Array;
  readonly shift: number;
  /** Whether any line ends with CRLF. If none does, the bytes need not be read to find where a text ends. */
  readonly hasCrLf: boolean;
}

/** Marks the lines of the runs; undefined unless each run's bytes are exactly its lines, the last one's LF included. */
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
 * Lines that each end with an LF. The memory for their places is bounded: a line without a mark is found by searching
 * for LFs from the last mark before it or, if lines are asked for in order, from the end of the line before.
 */
export class EndedPlaces implements LinePlaces {
  readonly marks: Uint32Array;
  private readonly shift: number;
  private readonly hasCrLf: boolean;
  private readonly bytes: Buffer;
  private readonly runs: readonly Run[];
  /** The line that was asked for last, its start, and the start of the next; used only if not every line has a mark. */
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

  /** A CR before the LF belongs to the line end only if the agent wrote that LF. */
  private isEndedByAgent(i: number): boolean {
    const run = this.runs[runIndexOf(this.runs, i)];
    if (run === undefined || (run.flags & FLAG_UNTERMINATED) === 0) return true;
    return i < run.first + run.count - 1;
  }
}

/** Texts with nothing between them; line 0 is text `first`. `marks` has the start of each text, and the end of the last. */
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
