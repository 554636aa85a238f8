import { groupBy } from '../../shared/base/group-by.ts';
import type { AgentState } from '../agent/agent-state.ts';
import type { Invocation } from '../container.ts';
import {
  markSettled,
  type RecordProgress,
  type Segment,
  startRecord,
  unsettledOf,
} from '../decode/progress.ts';
import type { Sending } from '../send/send-request.ts';
import { maskedAnswer } from './masked-answer.ts';
import type { ParkRequest } from './park.ts';
import type { ParkedLines } from './parked-object.ts';

/** Settles an unreadable record by parking it whole. One that was unreadable before stays where it is. */
export async function parkUnreadable(
  { record, reason }: { readonly record: RecordProgress; readonly reason: string },
  invocation: Invocation,
): Promise<void> {
  if (invocation.rejectedBefore) return;
  const isSafe = await inTurn(record.source.eventID, invocation, () =>
    invocation.parking.parkUnreadable(record, reason),
  );
  if (!isSafe) return;
  startRecord(record, 0);
  invocation.telemetry.count('LinesUnreadable', 1);
}

/** Few are parked at once: an object is made when it can be put, and none waits out its time limit before that. */
async function inTurn(
  owner: string,
  { semaphore, clock, parkingEndsMs }: Invocation,
  park: () => Promise<boolean>,
): Promise<boolean> {
  const release = await semaphore.acquire(owner);
  try {
    return clock.now() < parkingEndsMs && (await park());
  } finally {
    release();
  }
}

/** After a wave: puts rejected lines aside, and decides what becomes of a halted agent's lines. */
export async function parkLeftovers(
  segments: readonly Segment[],
  { state, invocation }: Sending,
): Promise<void> {
  await parkRejected(state, invocation);
  if (state.halt === undefined || invocation.redrive) return;
  const open = unsettledLines(segments);
  if (open.length === 0 || !shouldPark(open, { state, invocation })) return;
  const { reason, answer, kind } = state.halt;
  // Where nothing was tried, nothing new is known.
  if (kind !== 'probe-failed' || state.failedAfterMs !== undefined)
    invocation.breakers.open(state.agentId, { reason, tookMs: state.failedAfterMs ?? 0 });
  state.failedAfterMs = undefined;
  const parcel: ParkRequest = { lines: open, why: { reason, answer: kept(answer, open, state) } };
  const lines = countLines(open);
  const isSafe = await inTurn(state.agentId, invocation, () =>
    invocation.parking.park('parked', state.agentId, parcel),
  );
  if (!isSafe) return;
  settleParked(open, invocation);
  invocation.telemetry.count('LinesParked', lines);
  if (kind === 'misconfigured') invocation.telemetry.count('LinesMisconfigured', lines);
  else if (kind !== 'probe-failed') state.halt = { kind: 'probe-failed', reason, answer };
}

function unsettledLines(segments: readonly Segment[]): ParkedLines[] {
  return segments.flatMap((segment) => unsettledOf(segment).map(({ from, to }) => ({ segment, from, to })));
}

/**
 * A stalled agent's lines wait in the stream until they are too old, which is soon where others are held up. One that
 * was cut short has been tried for a moment only, so that its trouble must have lasted, not its lines.
 */
function shouldPark(open: readonly ParkedLines[], { state, invocation }: Sending): boolean {
  const kind = state.halt?.kind;
  if (kind === 'misconfigured' || kind === 'probe-failed') return true;
  if (kind !== 'stalled' && kind !== 'gave-way') return false;
  const { agentHealth, clock, isolationLimitMs, stallLimitMs } = invocation;
  const arrivedMs = open.reduce(
    (oldest, { segment }) => Math.min(oldest, segment.record.arrivalMs),
    Infinity,
  );
  const troubleMs = agentHealth.failingSince(state.agentId) ?? state.startedMs;
  const sinceMs = kind === 'stalled' ? arrivedMs : Math.max(arrivedMs, troubleMs);
  const othersGetThrough = agentHealth.othersSucceed(state.agentId, state.startedMs);
  return clock.now() - sinceMs > (othersGetThrough ? isolationLimitMs : stallLimitMs);
}

/** Rejected lines are passed over once they are safe. Lines that were rejected before stay in their object. */
async function parkRejected(state: AgentState, invocation: Invocation): Promise<void> {
  const byReason = groupBy(state.rejected, ({ reason }) => reason);
  state.rejected = [];
  if (invocation.rejectedBefore) return;
  for (const [reason, rejected] of byReason) {
    const lines = rejected.map(({ range: { segment, from, to } }): ParkedLines => ({ segment, from, to }));
    const parcel: ParkRequest = { lines, why: { reason, answer: kept(rejected[0]?.answer, lines, state) } };
    const isSafe = await inTurn(state.agentId, invocation, () =>
      invocation.parking.park('rejected', state.agentId, parcel),
    );
    if (!isSafe) continue;
    settleParked(lines, invocation);
    invocation.telemetry.count('LinesRejected', countLines(lines));
  }
}

function countLines(lines: readonly ParkedLines[]): number {
  return lines.reduce((sum, { from, to }) => sum + to - from, 0);
}

function settleParked(lines: readonly ParkedLines[], { settledLines }: Invocation): void {
  for (const { segment, from, to } of lines) {
    markSettled(segment, from, to);
    const { seq } = segment.group;
    settledLines.add(segment.boot, { from: seq + from, to: seq + to }, 'parked');
  }
}

const MASKED_LINES = 100;

function kept(
  answer: string | undefined,
  lines: readonly ParkedLines[],
  state: AgentState,
): string | undefined {
  if (answer === undefined) return undefined;
  const texts: string[] = [];
  for (const { segment, from, to } of lines) {
    const { bytes, places } = segment.group;
    for (let i = from; i < to && texts.length < MASKED_LINES; i += 1) {
      const start = places.startOf(i);
      texts.push(bytes.toString('utf8', start, Math.min(places.endOf(i), start + 64)));
    }
  }
  return maskedAnswer(answer, { settings: state.current?.confidential ?? [], lines: texts });
}
