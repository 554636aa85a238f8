import { createLru } from './lru.ts';
import type { Segment } from './progress.ts';
import type { Telemetry } from './telemetry.ts';

/** Watches line numbers: a gap is what a shipper had to drop, or what was lost on the way. */
export type Gaps = (agentId: string, segments: readonly Segment[]) => void;

export function createGaps(telemetry: Telemetry, now: () => number): Gaps {
  const expected = createLru<number>({ maxEntries: 10_000, maxAgeMs: 60 * 60_000, now });
  return (agentId, segments) => {
    for (const { own, boot, group, from, to } of segments) {
      if (!own) continue;
      const next = expected.get(boot);
      const first = group.seq + from;
      if (next !== undefined && first > next) {
        telemetry.log('warn', 'line_numbers_missing', {
          agent: agentId,
          worker: group.workerId,
          from: next,
          lines: first - next,
        });
      }
      expected.set(boot, Math.max(next ?? 0, group.seq + to));
    }
  };
}
