import { createLru } from '../../shared/base/lru.ts';
import type { Range } from '../../shared/base/range-set.ts';
import { createRangeSet, type RangeSet } from '../../shared/base/range-set.ts';

/** Which lines this container has already settled, by name, so that a repeated record repeats no line. */
export interface SettledLines {
  /** The lines of `[from, to)` still to be sent. Events from the mapping also skip what is parked. */
  readonly unsettled: (boot: string, range: Range, skip: 'delivered' | 'delivered-or-parked') => Range[];
  readonly add: (boot: string, range: Range, fate: 'delivered' | 'parked') => void;
}

interface Entry {
  readonly delivered: RangeSet;
  readonly parked: RangeSet;
}

export const MAX_BOOTS = 10_000;
const MAX_AGE_MS = 60 * 60 * 1000;

/** Exact while one container serves the shard; a courtesy otherwise. Bounded: 10,000 boots or 1 h. */
export function createSettledLines(now: () => number): SettledLines {
  const boots = createLru<Entry>({ maxEntries: MAX_BOOTS, maxAgeMs: MAX_AGE_MS, now });

  return {
    unsettled: (boot, range, skip) => {
      const entry = boots.get(boot);
      if (entry === undefined) return [range];
      const open = entry.delivered.missing(range.from, range.to);
      if (skip === 'delivered') return open;
      return open.flatMap(({ from, to }) => entry.parked.missing(from, to));
    },
    add: (boot, { from, to }, fate) => {
      const entry = boots.get(boot) ?? { delivered: createRangeSet(), parked: createRangeSet() };
      entry[fate].add(from, to);
      boots.set(boot, entry);
    },
  };
}
