/** `[from, to)`, whole numbers. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A set of whole numbers as sorted, disjoint ranges `[from, to)`; few ranges, since lines come in order. */
export interface RangeSet {
  readonly add: (from: number, to: number) => void;
  /** The parts of `[from, to)` that are not in the set, in order. */
  readonly missing: (from: number, to: number) => Range[];
  /** As they are: what is added later may change them. */
  readonly ranges: () => readonly Range[];
}

/** Of a class, since a wave may need tens of thousands, and each closure takes as much memory as a set by itself. */
class SortedRanges implements RangeSet {
  private sorted: { from: number; to: number }[] = [];

  ranges(): readonly Range[] {
    return this.sorted;
  }

  add(from: number, to: number): void {
    if (from >= to) return;
    const first = this.firstTouching(from);
    const touched = this.sorted[first];
    if (touched === undefined || touched.from > to) {
      // An array that begins empty would take room for 17, and nearly always one is enough.
      if (this.sorted.length === 0) this.sorted = [{ from, to }];
      else this.sorted.splice(first, 0, { from, to });
      return;
    }
    touched.from = Math.min(touched.from, from);
    touched.to = Math.max(touched.to, to);
    let last = first + 1;
    for (let next = this.sorted[last]; next !== undefined && next.from <= to; next = this.sorted[last]) {
      touched.to = Math.max(touched.to, next.to);
      last += 1;
    }
    if (last > first + 1) this.sorted.splice(first + 1, last - first - 1);
  }

  missing(from: number, to: number): Range[] {
    if (from >= to) return [];
    const first = this.firstTouching(from + 1);
    // Nearly always none or all is missing, and an array that begins empty would take room for 17.
    const met = this.sorted[first];
    if (met === undefined || met.from >= to) return [{ from, to }];
    if (met.from <= from && met.to >= to) return [];
    const gaps: Range[] = [];
    let at = from;
    for (let i = first; at < to; i += 1) {
      const next = this.sorted[i];
      if (next === undefined || next.from >= to) break;
      if (next.from > at) gaps.push({ from: at, to: next.from });
      at = Math.max(at, next.to);
    }
    if (at < to) gaps.push({ from: at, to });
    return gaps;
  }

  /** Index of the first range that ends at or after `at`. */
  private firstTouching(at: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle]?.to ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function createRangeSet(): RangeSet {
  return new SortedRanges();
}
