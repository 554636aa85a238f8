import type { Clock } from '../../shared/base/clock.ts';
import { createRangeSet, type Range } from '../../shared/base/range-set.ts';
import type { Outcome } from '../../shared/destination/outcome.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { AgentHealth } from '../agent/agent-health.ts';
import type { AgentState, RejectedLines } from '../agent/agent-state.ts';
import { markSettled } from '../decode/progress.ts';
import type { SettledLines } from '../decode/settled-lines.ts';
import { type LineRange, sliceRanges } from '../requests/line-ranges.ts';
import type { BuiltRequest } from '../requests/request.ts';

/** What an outcome is noted in. */
export interface OutcomeContext {
  readonly settledLines: SettledLines;
  readonly agentHealth: AgentHealth;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'now'>;
}

/** An outcome, and when the attempt began that it came of, epoch ms. */
export interface AttemptResult {
  readonly request: BuiltRequest;
  readonly outcome: Outcome;
  readonly startedMs: number;
}

/** Settles a range's lines as delivered, a line in fragments with its last one. Returns how many lines that were. */
function deliver(range: LineRange, state: AgentState, settledLines: SettledLines): number {
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
  settledLines.add(segment.boot, { from: seq + from, to: seq + to }, 'delivered');
  return to - from;
}

function withoutFragment({ segment, from, to }: LineRange): LineRange {
  return { segment, from, to };
}

/** Notes lines that the service will never take; they are settled once they are parked. */
export function reject(range: LineRange, state: AgentState, why: Omit<RejectedLines, 'range'>): void {
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
    last.reason === why.reason &&
    last.alone === why.alone
  ) {
    state.rejected[state.rejected.length - 1] = { ...last, range: { ...last.range, to: range.to } };
    return;
  }
  state.rejected.push({ ...why, range: withoutFragment(range) });
}

/** Settles what an outcome says of a request's lines; returns those whose fate is `rest`. */
export function applyOutcome(
  { request, outcome, startedMs }: AttemptResult,
  state: AgentState,
  { settledLines, agentHealth, telemetry, clock }: OutcomeContext,
): LineRange[] {
  const named = createRangeSet();
  let delivered = 0;
  const deliverEvents = (events: Range): void => {
    named.add(events.from, events.to);
    for (const range of sliceRanges(request.ranges, events)) delivered += deliver(range, state, settledLines);
  };
  for (const events of outcome.accepted) deliverEvents(events);
  for (const { from, to, reason } of outcome.rejected) {
    named.add(from, to);
    for (const range of sliceRanges(request.ranges, { from, to })) {
      reject(range, state, { reason, answer: outcome.answer });
    }
  }
  const rest = named.missing(0, request.events);
  if (outcome.rest.fate === 'delivered') rest.splice(0).forEach(deliverEvents);
  if (delivered > 0 || outcome.rest.fate === 'delivered') {
    state.delivered = true;
    state.current?.refusals.accepted();
    agentHealth.delivered(state.agentId, clock.now() - startedMs);
    telemetry.count('LinesDelivered', delivered);
    if (outcome.unconfirmed === true) telemetry.count('Unconfirmed', delivered);
    telemetry.latency(clock.now() - request.oldestMs);
  }
  return rest.flatMap((events) => sliceRanges(request.ranges, events));
}
