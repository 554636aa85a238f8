import type { TimeRules } from '../../shared/destination/contract.ts';
import type { LineView } from './line-view.ts';

/** `fits`: the line may join the request; `next`: it begins a new one; `too-old`: the service would not keep it. */
export type TimingVerdict = 'fits' | 'next' | 'too-old';

/** Applies a destination's time rules to the lines of one request, in order. */
export class Timing {
  private readonly rules: TimeRules;
  private readonly nowMs: number;
  private readonly oldestMs: number;
  private firstMs: number | undefined = undefined;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(rules: TimeRules, nowMs: number) {
    this.rules = rules;
    this.nowMs = nowMs;
    this.oldestMs = nowMs - (rules.maxAgeMs ?? Number.POSITIVE_INFINITY);
  }

  /** Moves the line's time where the rules say so. */
  judge(line: LineView, arrivalMs: number): TimingVerdict {
    const { maxAheadMs, raiseUpToMs, maxSpanMs } = this.rules;
    if (maxAheadMs !== undefined && line.timeMs > arrivalMs + maxAheadMs) moveTo(line, arrivalMs);
    if (line.timeMs < this.oldestMs && !this.makeYounger(line, arrivalMs)) return 'too-old';
    if (raiseUpToMs !== undefined && line.timeMs < this.lastMs) {
      if (this.lastMs - line.timeMs > raiseUpToMs) return 'next';
      moveTo(line, this.lastMs);
    }
    this.firstMs ??= line.timeMs;
    if (maxSpanMs !== undefined && line.timeMs - this.firstMs > maxSpanMs) return 'next';
    this.lastMs = line.timeMs;
    return 'fits';
  }

  /** False where the line is as old as it says, and the service would reject it for that. */
  private makeYounger(line: LineView, arrivalMs: number): boolean {
    const { older } = this.rules;
    if (older === 'restamp') moveTo(line, this.nowMs);
    if (older !== 'reject') return true;
    if (arrivalMs < this.oldestMs) return false;
    // It has just come: it is the agent's clock that is behind.
    moveTo(line, arrivalMs);
    return true;
  }
}

function moveTo(line: LineView, timeMs: number): void {
  line.originalTimeMs ??= line.timeMs;
  line.timeMs = timeMs;
}
