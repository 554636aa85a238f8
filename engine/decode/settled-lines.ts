import { createLru } from '../../shared/base/lru.ts';
import type { Range } from '../../shared/base/range-set.ts';
import { createRangeSet, type RangeSet } from '../../shared/base/range-set.ts';

export type SettledFate = 'delivered' | 'parked' | 'rejected';

/** Which lines this container has already settled, by name, so that a repeated record repeats no line. */
export interface SettledLines {
  /** The lines of `[from, to)` that have none of these fates. */
  readonly unsettled: (boot: string, range: Range, fates: readonly SettledFate[]) => Range[];
  readonly add: (boot: string, range: Range, fate: SettledFate) => void;
}

/** Most boots have one fate only. */
type Entry = Partial<Record<SettledFate, RangeSet>>;

export const MAX_BOOTS = 10_000;
const MAX_AGE_MS = 60 * 60 * 1000;

/** Exact while one container serves the shard; a courtesy otherwise. Bounded: 10,000 boots or 1 h. */
export function createSettledLines(now: () => number): SettledLines {
  const boots = createLru<Entry>({ maxEntries: MAX_BOOTS, maxAgeMs: MAX_AGE_MS, now });

  return {
    unsettled: (boot, range, fates) => {
      const entry = boots.get(boot);
      let open = [range];
      if (entry === undefined) return open;
      for (const fate of fates) {
        const settled = entry[fate];
        if (settled !== undefined) open = open.flatMap(({ from, to }) => settled.missing(from, to));
      }
      return open;
    },
    add: (boot, { from, to }, fate) => {
      const entry = boots.get(boot) ?? {};
      entry[fate] ??= createRangeSet();
      entry[fate].add(from, to);
      boots.set(boot, entry);
    },
  };
}
