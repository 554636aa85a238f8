import type { Range } from '../outcome.ts';

/** A set of whole numbers as sorted, disjoint ranges `[from, to)`; few ranges, since lines come in order. */
export interface Intervals {
  readonly add: (from: number, to: number) => void;
  /** The parts of `[from, to)` that are not in the set, in order. */
  readonly missing: (from: number, to: number) => Range[];
  readonly ranges: () => readonly Range[];
}

export function createIntervals(): Intervals {
  const ranges: Range[] = [];

  /** Index of the first range that ends at or after `at`. */
  function firstTouching(at: number): number {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle]?.to ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    ranges: () => ranges,
    add: (from, to) => {
      if (from >= to) return;
      const first = firstTouching(from);
      let last = first;
      let merged: Range = { from, to };
      for (let next = ranges[last]; next !== undefined && next.from <= to; next = ranges[last]) {
        merged = { from: Math.min(merged.from, next.from), to: Math.max(merged.to, next.to) };
        last += 1;
      }
      ranges.splice(first, last - first, merged);
    },
    missing: (from, to) => {
      const gaps: Range[] = [];
      let at = from;
      for (let i = firstTouching(from); at < to; i += 1) {
        const next = ranges[i];
        if (next === undefined || next.from >= to) break;
        if (next.from > at) gaps.push({ from: at, to: next.from });
        at = Math.max(at, next.to);
      }
      if (at < to) gaps.push({ from: at, to });
      return gaps;
    },
  };
}
