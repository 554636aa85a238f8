import type { Clock } from '../../shared/base/clock.ts';
import { groupBy } from '../../shared/base/group-by.ts';
import { maskedAnswer } from '../../shared/destination/masked-answer.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { AgentHealth } from '../agent/agent-health.ts';
import { type AgentState, parkFromNow } from '../agent/agent-state.ts';
import type { CircuitBreakers } from '../agent/circuit-breakers.ts';
import {
  countLines,
  markSettled,
  type Segment,
  type SegmentLines,
  startRecord,
  unsettledOf,
} from '../decode/progress.ts';
import type { SettledLines } from '../decode/settled-lines.ts';
import type { Parking, UnreadableRecord } from './park.ts';

/** What parking needs of an invocation. */
export interface ParkContext {
  readonly parking: Parking;
  readonly telemetry: Telemetry;
  /** Epoch ms past which nothing is being parked: what is not safe by then comes again. */
  readonly parkingEndsMs: number;
  /** The event holds lines that were rejected before. */
  readonly rejectedBefore: boolean;
}

/** What else decides on a halted agent's lines. */
export interface LeftoverContext extends ParkContext {
  readonly settledLines: SettledLines;
  readonly breakers: CircuitBreakers;
  readonly agentHealth: AgentHealth;
  readonly clock: Pick<Clock, 'now'>;
  readonly redrive: boolean;
  readonly stallLimitMs: number;
  readonly isolationLimitMs: number;
}

/** Settles an unreadable record by parking it whole. One that was unreadable before stays where it is. */
export async function parkUnreadable(
  unreadable: UnreadableRecord,
  { parking, parkingEndsMs, rejectedBefore, telemetry }: ParkContext,
): Promise<void> {
  if (rejectedBefore || !(await parking.parkUnreadable(unreadable, parkingEndsMs))) return;
  startRecord(unreadable.record, 0);
  telemetry.count('LinesUnreadable', 1);
}

/** After a wave: puts rejected lines aside, and decides what becomes of a halted agent's lines. */
export async function parkLeftovers(
  segments: readonly Segment[],
  state: AgentState,
  context: LeftoverContext,
): Promise<void> {
  await parkRejected(state, context);
  if (state.halt === undefined) return;
  const { reason, answer, kind } = state.halt;
  if (context.redrive) {
    noteFailedRedrive(state, context);
    return;
  }
  const open = unsettledLines(segments);
  if (open.length === 0 || !shouldPark(open, state, context)) return;
  // Where nothing was tried, or all is well, no trouble is known.
  if (state.failedAfterMs !== undefined || (kind !== 'probe-failed' && kind !== 'over-share'))
    context.breakers.open(state.agentId, { reason, tookMs: state.failedAfterMs ?? 0 });
  state.failedAfterMs = undefined;
  const parked = await putAside('parked', { lines: open, reason, answer }, { state, context });
  if (kind === 'misconfigured') context.telemetry.count('LinesMisconfigured', parked);
  if (parked === countLines(open)) parkFromNow(state);
}

/** Its lines had to be parked, and it fails still: others in the stream need not wait to find that out. */
function noteFailedRedrive(
  { agentId, startedMs, halt, failedAfterMs = 0 }: AgentState,
  { agentHealth, breakers }: LeftoverContext,
): void {
  if (halt?.kind === 'stalled' && agentHealth.isOwnTrouble(agentId, startedMs))
    breakers.open(agentId, { reason: halt.reason, tookMs: failedAfterMs });
}

function unsettledLines(segments: readonly Segment[]): SegmentLines[] {
  return segments.flatMap((segment) => unsettledOf(segment).map(({ from, to }) => ({ segment, from, to })));
}

/**
 * A stalled agent's lines wait in the stream until they are too old, which is soon where others are held up. One that
 * was cut short has been tried for a moment only, so that its trouble must have lasted, not its lines.
 */
function shouldPark(open: readonly SegmentLines[], state: AgentState, context: LeftoverContext): boolean {
  const kind = state.halt?.kind;
  if (kind === 'misconfigured' || kind === 'probe-failed' || kind === 'over-share') return true;
  if (kind !== 'stalled' && kind !== 'gave-way') return false;
  const { agentHealth, clock, isolationLimitMs, stallLimitMs } = context;
  const arrivedMs = open.reduce(
    (oldest, { segment }) => Math.min(oldest, segment.record.arrivalMs),
    Infinity,
  );
  const troubleMs = agentHealth.failingSince(state.agentId) ?? state.startedMs;
  const sinceMs = kind === 'stalled' ? arrivedMs : Math.max(arrivedMs, troubleMs);
  const isOwn = agentHealth.isOwnTrouble(state.agentId, state.startedMs);
  return clock.now() - sinceMs > (isOwn ? isolationLimitMs : stallLimitMs);
}

/** Rejected lines are passed over once they are safe. Lines that were rejected before stay in their object. */
async function parkRejected(state: AgentState, context: LeftoverContext): Promise<void> {
  const byReason = groupBy(state.rejected, ({ reason }) => reason);
  state.rejected = [];
  if (context.rejectedBefore) return;
  for (const [reason, rejected] of byReason) {
    const lines = rejected.map(({ range: { segment, from, to } }): SegmentLines => ({ segment, from, to }));
    await putAside('rejected', { lines, reason, answer: rejected[0]?.answer }, { state, context });
  }
}

interface Aside {
  readonly lines: readonly SegmentLines[];
  readonly reason: string;
  /** The service's words, unmasked. */
  readonly answer: string | undefined;
}

/** Settles the lines whose objects were stored, and counts them; returns how many that were. The others come again. */
async function putAside(
  kind: 'parked' | 'rejected',
  { lines, reason, answer }: Aside,
  { state, context }: { readonly state: AgentState; readonly context: LeftoverContext },
): Promise<number> {
  const { parking, parkingEndsMs, settledLines, telemetry } = context;
  const why = () => ({ reason, answer: masked(answer, lines, state) });
  const safe = await parking.park({ kind, agentId: state.agentId, lines, why }, parkingEndsMs);
  if (safe.length === 0) return 0;
  for (const { segment, from, to } of safe) {
    markSettled(segment, from, to);
    const { seq } = segment.group;
    settledLines.add(segment.boot, { from: seq + from, to: seq + to }, kind);
  }
  const settled = countLines(safe);
  telemetry.count(kind === 'parked' ? 'LinesParked' : 'LinesRejected', settled);
  return settled;
}

/** Lines whose beginnings are searched for in the service's words. */
const MASKED_LINES = 100;
const MASKED_BYTES = 64;

/** The service's words, fit to be kept in an object. */
function masked(
  answer: string | undefined,
  lines: readonly SegmentLines[],
  state: AgentState,
): string | undefined {
  if (answer === undefined) return undefined;
  const texts: string[] = [];
  for (const { segment, from, to } of lines) {
    const { bytes, places } = segment.group;
    for (let i = from; i < to && texts.length < MASKED_LINES; i += 1) {
      const start = places.startOf(i);
      texts.push(bytes.toString('utf8', start, Math.min(places.endOf(i), start + MASKED_BYTES)));
    }
  }
  return maskedAnswer(answer, { settings: state.current?.confidential ?? [], lines: texts });
}
