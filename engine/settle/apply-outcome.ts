import { createIntervals } from '../../shared/base/range-set.ts';
import type { Outcome, Range } from '../../shared/destination/outcome.ts';
import type { AgentState } from '../agent/agent-state.ts';
import type { Invocation } from '../container.ts';
import { settle } from '../decode/progress.ts';
import { type Piece, slicePieces } from '../requests/line-ranges.ts';
import type { BuiltRequest } from '../requests/request.ts';

/** Settles a piece's lines as delivered; a line in parts when its last part is. */
function deliver(piece: Piece, state: AgentState, invocation: Invocation): number {
  const { segment, from, to, part } = piece;
  if (part !== undefined) {
    part.line.open -= 1;
    if (part.line.open > 0) return 0;
    if (part.line.rejected !== undefined) {
      state.rejected.push({ piece: withoutPart(piece), reason: part.line.rejected });
      return 0;
    }
  }
  settle(segment, from, to);
  const { seq } = segment.group;
  invocation.ledger.add(segment.boot, { from: seq + from, to: seq + to }, 'delivered');
  return to - from;
}

function withoutPart({ segment, from, to }: Piece): Piece {
  return { segment, from, to };
}

/** Notes lines that the service will never take; they are settled once they are parked. */
export function reject(
  piece: Piece,
  state: AgentState,
  why: { reason: string; answer?: string | undefined },
): void {
  const { part } = piece;
  if (part !== undefined) {
    part.line.open -= 1;
    part.line.rejected = why.reason;
    if (part.line.open > 0) return;
  }
  const last = state.rejected.at(-1);
  if (
    last !== undefined &&
    last.piece.segment === piece.segment &&
    last.piece.to === piece.from &&
    last.reason === why.reason
  ) {
    state.rejected[state.rejected.length - 1] = { ...last, piece: { ...last.piece, to: piece.to } };
    return;
  }
  state.rejected.push({ piece: withoutPart(piece), reason: why.reason, answer: why.answer });
}

/** Settles what an outcome says of a request's lines; returns the pieces whose fate is `rest`. */
export function settleOutcome(
  request: BuiltRequest,
  outcome: Outcome,
  { state, invocation, startedMs }: { state: AgentState; invocation: Invocation; startedMs: number },
): Piece[] {
  const named = createIntervals();
  let delivered = 0;
  const deliverRange = (range: Range): void => {
    named.add(range.from, range.to);
    for (const piece of slicePieces(request.pieces, range)) delivered += deliver(piece, state, invocation);
  };
  for (const range of outcome.accepted) deliverRange(range);
  for (const { from, to, reason } of outcome.rejected) {
    named.add(from, to);
    for (const piece of slicePieces(request.pieces, { from, to })) {
      reject(piece, state, { reason, answer: outcome.answer });
    }
  }
  const rest = named.missing(0, request.events);
  if (outcome.rest.fate === 'delivered') rest.splice(0).forEach(deliverRange);
  if (delivered > 0 || outcome.rest.fate === 'delivered') {
    state.delivered = true;
    invocation.neighbours.delivered(state.agentId, invocation.io.now() - startedMs);
    invocation.telemetry.count('LinesDelivered', delivered);
    if (outcome.unconfirmed === true) invocation.telemetry.count('Unconfirmed', delivered);
    invocation.telemetry.latency(invocation.io.now() - request.oldestMs);
  }
  return rest.flatMap((range) => slicePieces(request.pieces, range));
}
