import { createLru } from '../../shared/base/lru.ts';
import { createRangeSet, type RangeSet } from '../../shared/base/range-set.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Segment } from './progress.ts';

/** Watches line numbers: a gap is what a shipper had to drop, or what was lost on the way. */
export type LineNumberGaps = (agentId: string, segments: readonly Segment[]) => void;

/** A shipper that was throttled sends a record up to 20 s after those behind it, and more than once. */
const HOLD_MS = 60_000;
const MAX_OPEN = 10_000;

interface OpenGap {
  readonly agent: string;
  readonly worker: string;
  readonly seen: RangeSet;
  readonly from: number;
  readonly to: number;
  readonly sinceMs: number;
}

/** Tells of numbers that have not come within a minute of later ones, with the next lines of any agent. */
export function createLineNumberGaps(telemetry: Telemetry, now: () => number): LineNumberGaps {
  const boots = createLru<RangeSet>({ maxEntries: 10_000, maxAgeMs: 60 * 60_000, now });
  /** Oldest first. */
  const open: OpenGap[] = [];

  function note(agent: string, { boot, group, from, to }: Segment): void {
    const [first, end] = [group.seq + from, group.seq + to];
    const seen = boots.get(boot) ?? createRangeSet();
    const reached = seen.ranges().at(-1)?.to;
    if (reached !== undefined && first > reached) {
      open.push({ agent, worker: group.workerId, seen, from: reached, to: first, sinceMs: now() });
    }
    seen.add(first, end);
    boots.set(boot, seen);
  }

  function tellDue(): void {
    const dueMs = now() - HOLD_MS;
    for (
      let gap = open[0];
      gap !== undefined && (gap.sinceMs <= dueMs || open.length > MAX_OPEN);
      gap = open[0]
    ) {
      open.shift();
      const { agent, worker, seen } = gap;
      for (const { from, to } of seen.missing(gap.from, gap.to)) {
        telemetry.log('warn', 'line_numbers_missing', { agent, worker, from, lines: to - from });
      }
    }
  }

  return (agentId, segments) => {
    for (const segment of segments) if (segment.own) note(agentId, segment);
    tellDue();
  };
}
