import type { Range } from '../../shared/base/range-set.ts';
import { createRangeSet } from '../../shared/base/range-set.ts';
import type { Outcome } from '../../shared/destination/outcome.ts';
import type { AgentState } from '../agent/agent-state.ts';
import type { Invocation } from '../container.ts';
import { markSettled } from '../decode/progress.ts';
import { type LineRange, sliceRanges } from '../requests/line-ranges.ts';
import type { BuiltRequest } from '../requests/request.ts';

/** Settles a range's lines as delivered; a line in fragments when its last part is. */
function deliver(range: LineRange, state: AgentState, invocation: Invocation): number {
  const { segment, from, to, fragment } = range;
  if (fragment !== undefined) {
    fragment.line.open -= 1;
    if (fragment.line.open > 0) return 0;
    if (fragment.line.rejected !== undefined) {
      state.rejected.push({ range: withoutFragment(range), reason: fragment.line.rejected });
      return 0;
    }
  }
  markSettled(segment, from, to);
  const { seq } = segment.group;
  invocation.settledLines.add(segment.boot, { from: seq + from, to: seq + to }, 'delivered');
  return to - from;
}

function withoutFragment({ segment, from, to }: LineRange): LineRange {
  return { segment, from, to };
}

/** Notes lines that the service will never take; they are settled once they are parked. */
export function reject(
  range: LineRange,
  state: AgentState,
  why: { reason: string; answer?: string | undefined },
): void {
  const { fragment } = range;
  if (fragment !== undefined) {
    fragment.line.open -= 1;
    fragment.line.rejected = why.reason;
    if (fragment.line.open > 0) return;
  }
  const last = state.rejected.at(-1);
  if (
    last !== undefined &&
    last.range.segment === range.segment &&
    last.range.to === range.from &&
    last.reason === why.reason
  ) {
    state.rejected[state.rejected.length - 1] = { ...last, range: { ...last.range, to: range.to } };
    return;
  }
  state.rejected.push({ range: withoutFragment(range), reason: why.reason, answer: why.answer });
}

/** Settles what an outcome says of a request's lines; returns the ranges whose fate is `rest`. */
export function applyOutcome(
  request: BuiltRequest,
  outcome: Outcome,
  { state, invocation, startedMs }: { state: AgentState; invocation: Invocation; startedMs: number },
): LineRange[] {
  const named = createRangeSet();
  let delivered = 0;
  const deliverRange = (accepted: Range): void => {
    named.add(accepted.from, accepted.to);
    for (const range of sliceRanges(request.ranges, accepted)) delivered += deliver(range, state, invocation);
  };
  for (const range of outcome.accepted) deliverRange(range);
  for (const { from, to, reason } of outcome.rejected) {
    named.add(from, to);
    for (const range of sliceRanges(request.ranges, { from, to })) {
      reject(range, state, { reason, answer: outcome.answer });
    }
  }
  const rest = named.missing(0, request.events);
  if (outcome.rest.fate === 'delivered') rest.splice(0).forEach(deliverRange);
  if (delivered > 0 || outcome.rest.fate === 'delivered') {
    state.delivered = true;
    invocation.agentHealth.delivered(state.agentId, invocation.clock.now() - startedMs);
    invocation.telemetry.count('LinesDelivered', delivered);
    if (outcome.unconfirmed === true) invocation.telemetry.count('Unconfirmed', delivered);
    invocation.telemetry.latency(invocation.clock.now() - request.oldestMs);
  }
  return rest.flatMap((range) => sliceRanges(request.ranges, range));
}
