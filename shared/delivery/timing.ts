import type { TimeRules } from './destination.ts';
import type { LineView } from './line-view.ts';

/** `fits`: the line may join the request; `next`: it begins a new one; `too-old`: the service would not keep it. */
export type TimingVerdict = 'fits' | 'next' | 'too-old';

/** Applies a destination's time rules to the lines of one request, in order. */
export type Timing = (line: LineView, arrivalMs: number) => TimingVerdict;

export function createTiming(rules: TimeRules, nowMs: number): Timing {
  const oldestMs = nowMs - (rules.maxAgeMs ?? Number.POSITIVE_INFINITY);
  let firstMs: number | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;

  function moveTo(line: LineView, timeMs: number): void {
    line.originalTimeMs ??= line.timeMs;
    line.timeMs = timeMs;
  }

  return (line, arrivalMs) => {
    if (rules.maxAheadMs !== undefined && line.timeMs > arrivalMs + rules.maxAheadMs) moveTo(line, arrivalMs);
    if (line.timeMs < oldestMs) {
      if (rules.older === 'reject') return 'too-old';
      if (rules.older === 'restamp') moveTo(line, nowMs);
    }
    if (rules.raiseUpToMs !== undefined && line.timeMs < lastMs) {
      if (lastMs - line.timeMs > rules.raiseUpToMs) return 'next';
      moveTo(line, lastMs);
    }
    firstMs ??= line.timeMs;
    if (rules.maxSpanMs !== undefined && line.timeMs - firstMs > rules.maxSpanMs) return 'next';
    lastMs = line.timeMs;
    return 'fits';
  };
}
