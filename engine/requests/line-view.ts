import type { Line } from '../../shared/destination/contract.ts';
import { levelOf } from '../../shared/level/level-of.ts';
import type { Level } from '../../shared/level/words/levels.ts';
import { STDERR } from '../../shared/record/format.ts';
import { type LineGroup, type Run, runIndexOf } from '../../shared/record/lines.ts';

/**
 * Level of line i: given by the producer, found in the text, or that of the line it is a split part of, since only the
 * first part can show one.
 */
export function levelOfLine(
  group: LineGroup,
  i: number,
  run: Run | undefined = group.runs[runIndexOf(group.runs, i)],
): Level | undefined {
  const given = group.levels?.[i];
  if (given !== undefined) return given;
  const line = run?.first === i ? run.head : i;
  return levelOf(group.bytes, group.places.startOf(line), group.places.endOf(line));
}

/** Index of the run that holds line i, which is most often that of the line before. */
function runIndexFrom(group: LineGroup, i: number, runIndex: number): number {
  const run = group.runs[runIndex];
  if (run !== undefined && i >= run.first && i < run.first + run.count) return runIndex;
  return runIndexOf(group.runs, i);
}

const SPACE = Buffer.from(' ');

/** The one Line object that a request's encoder sees, moved from line to line. */
export class LineView implements Line {
  workerId = '';
  bytes: Buffer = SPACE;
  start = 0;
  end = 0;
  timeMs = 0;
  originalTimeMs: number | undefined = undefined;
  stream: 'stdout' | 'stderr' = 'stdout';
  seq = 0;
  private readonly blankLine: 'keep' | 'space';
  private group: LineGroup | undefined = undefined;
  private index = 0;
  private runIndex = 0;
  private foundLevel: Level | undefined = undefined;

  constructor(blankLine: 'keep' | 'space') {
    this.blankLine = blankLine;
  }

  get level(): Level {
    this.foundLevel ??=
      (this.group && levelOfLine(this.group, this.index, this.group.runs[this.runIndex])) ?? 'info';
    return this.foundLevel;
  }

  moveTo(group: LineGroup, i: number): void {
    this.runIndex = group === this.group ? runIndexFrom(group, i, this.runIndex) : runIndexOf(group.runs, i);
    this.group = group;
    this.index = i;
    this.foundLevel = undefined;
    this.workerId = group.workerId;
    this.bytes = group.bytes;
    this.start = group.places.startOf(i);
    this.end = group.places.endOf(i);
    this.originalTimeMs = undefined;
    this.seq = group.seq + i;
    const run = group.runs[this.runIndex];
    this.timeMs = run?.timeMs ?? 0;
    this.stream = run?.stream === STDERR ? 'stderr' : 'stdout';
    if (this.start === this.end && this.blankLine === 'space') {
      this.bytes = SPACE;
      this.start = 0;
      this.end = SPACE.length;
    }
  }

  /** Narrows the text to a part of it; the level stays the whole line's. */
  narrow(start: number, end: number): void {
    this.start = start;
    this.end = end;
  }
}
