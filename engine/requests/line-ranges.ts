import type { Range } from '../../shared/base/range-set.ts';
import type { SegmentLines } from '../decode/progress.ts';

/** A part of a line that is too long for the service. */
export interface LineFragment {
  /** Bytes of the group. */
  readonly start: number;
  readonly end: number;
  /** Parts of this line that are not settled yet; shared by all of them. */
  readonly line: { open: number; rejected: string | undefined };
}

/** Consecutive lines of a segment, or one part of one line. */
export interface LineRange extends SegmentLines {
  readonly fragment?: LineFragment;
}

export function eventsOf(ranges: readonly LineRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The ranges that hold the events `[wanted.from, wanted.to)` of a request. */
export function sliceRanges(ranges: readonly LineRange[], wanted: Range): LineRange[] {
  const slices: LineRange[] = [];
  let at = 0;
  for (const range of ranges) {
    const events = range.to - range.from;
    const from = Math.max(wanted.from - at, 0);
    const to = Math.min(wanted.to - at, events);
    if (from === 0 && to === events) slices.push(range);
    else if (from < to) slices.push({ ...range, from: range.from + from, to: range.from + to });
    at += events;
  }
  return slices;
}

/** A place in a list of ranges, from which requests are filled. */
export interface Cursor {
  /** The range at hand, from its next line on. */
  readonly peek: () => LineRange | undefined;
  /** Moves past `lines` lines of the range at hand. */
  readonly advance: (lines: number) => void;
  /** Replaces the next line by these ranges. */
  readonly replaceLine: (ranges: readonly LineRange[]) => void;
}

export function createCursor(ranges: readonly LineRange[]): Cursor {
  /** Reversed, so that taking from the front is cheap. */
  const stack = ranges.toReversed();
  function advance(lines: number): void {
    const range = stack.pop();
    if (range !== undefined && range.from + lines < range.to) {
      stack.push({ ...range, from: range.from + lines });
    }
  }
  return {
    peek: () => stack.at(-1),
    advance,
    replaceLine: (fragments) => {
      advance(1);
      stack.push(...fragments.toReversed());
    },
  };
}
