import { levelOf } from '../level/level-of.ts';
import type { Level } from '../level/levels.ts';
import { FLAG_UNTERMINATED, STDERR } from '../record/format.ts';
import type { LineGroup } from '../record/lines.ts';
import type { Line } from './destination.ts';

/** Level of line i: given by the producer, found in the text, or that of the line it is a split part of. */
export function levelOfLine(group: LineGroup, i: number): Level | undefined {
  const given = group.levels?.[i];
  if (given !== undefined) return given;
  const head = headOfSplitLine(group, i);
  return levelOf(group.bytes, group.starts[head] ?? 0, group.ends[head] ?? 0);
}

/** The shipper splits long lines into consecutive lines; only the first part can show a level. */
function headOfSplitLine(group: LineGroup, i: number): number {
  if (group.boot === undefined) return i;
  let head = i;
  let at = runIndexOf(group, i);
  for (let run = group.runs[at]; run !== undefined && run.first === head; run = group.runs[at]) {
    at -= 1;
    while (at >= 0 && group.runs[at]?.stream !== run.stream) at -= 1;
    const before = group.runs[at];
    if (before === undefined || (before.flags & FLAG_UNTERMINATED) === 0) break;
    head = before.first + before.count - 1;
  }
  return head;
}

/** Index of the run that holds line i. */
function runIndexOf(group: LineGroup, i: number): number {
  let low = 0;
  let high = group.runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((group.runs[middle]?.first ?? 0) <= i) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The same for the next line along, which is what encoding asks for. */
function runIndexFrom(group: LineGroup, i: number, runIndex: number): number {
  const run = group.runs[runIndex];
  if (run !== undefined && i >= run.first && i < run.first + run.count) return runIndex;
  return runIndexOf(group, i);
}

const SPACE = Buffer.from(' ');

/** The one Line object that a request's encoder sees, moved from line to line. */
export interface LineView extends Line {
  workerId: string;
  bytes: Buffer;
  start: number;
  end: number;
  timeMs: number;
  originalTimeMs: number | undefined;
  stream: 'stdout' | 'stderr';
  seq: number;
  readonly moveTo: (group: LineGroup, i: number) => void;
  /** Narrows the text to a part of it; the level stays the whole line's. */
  readonly narrow: (start: number, end: number) => void;
}

export function createLineView(blankLine: 'keep' | 'space'): LineView {
  let group: LineGroup | undefined;
  let index = 0;
  let runIndex = 0;
  let level: Level | undefined;

  const view: LineView = {
    workerId: '',
    bytes: SPACE,
    start: 0,
    end: 0,
    timeMs: 0,
    originalTimeMs: undefined,
    stream: 'stdout',
    seq: 0,
    get level(): Level {
      level ??= (group === undefined ? undefined : levelOfLine(group, index)) ?? 'info';
      return level;
    },
    moveTo: (nextGroup, i) => {
      runIndex = nextGroup === group ? runIndexFrom(nextGroup, i, runIndex) : runIndexOf(nextGroup, i);
      group = nextGroup;
      index = i;
      level = undefined;
      view.workerId = nextGroup.workerId;
      view.bytes = nextGroup.bytes;
      view.start = nextGroup.starts[i] ?? 0;
      view.end = nextGroup.ends[i] ?? 0;
      view.originalTimeMs = undefined;
      view.seq = nextGroup.seq + i;
      const run = nextGroup.runs[runIndex];
      view.timeMs = run?.timeMs ?? 0;
      view.stream = run?.stream === STDERR ? 'stderr' : 'stdout';
      if (view.start === view.end && blankLine === 'space') {
        view.bytes = SPACE;
        view.start = 0;
        view.end = SPACE.length;
      }
    },
    narrow: (start, end) => {
      view.start = start;
      view.end = end;
    },
  };
  return view;
}
