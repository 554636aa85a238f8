import { backoffMs } from '../../shared/base/backoff.ts';
import type { Outcome, Rest } from '../../shared/destination/outcome.ts';
import { type AgentState, enterTrouble, leaveTrouble } from '../agent/agent-state.ts';
import type { Invocation } from '../container.ts';
import { type Cursor, createCursor, eventsOf, type LineRange, sliceRanges } from '../requests/line-ranges.ts';
import { type BuiltRequest, buildRequest } from '../requests/request.ts';
import { applyOutcome, reject } from '../settle/apply-outcome.ts';
import { attempt } from './attempt.ts';

/** With less time than this left, nothing is begun. */
const MIN_ATTEMPT_MS = 500;

export interface Sending {
  readonly state: AgentState;
  readonly invocation: Invocation;
}

/** How a request came to be sent: as new, again, or as a part of another. */
interface Origin {
  /** Attempts that failed before it. */
  readonly retry: number;
  /** The secret was read afresh for it. */
  readonly renewed: boolean;
  /** Requests that the search for a bad line may still cost. */
  readonly split: { left: number } | undefined;
}

const NEW: Origin = { retry: 0, renewed: false, split: undefined };

interface Step {
  readonly request: BuiltRequest;
  readonly startedMs: number;
  readonly outcome: Outcome;
  /** Lines that the outcome's `rest` is about. */
  readonly open: readonly LineRange[];
}

/** Sends the next request at the cursor until its lines are settled or rejected, or the agent is halted. */
export async function sendNext(cursor: Cursor, sending: Sending): Promise<void> {
  const step = await takeStep(cursor, sending);
  if (step !== undefined) await follow(step, sending, NEW);
}

async function sendAll(ranges: readonly LineRange[], sending: Sending, origin: Origin): Promise<void> {
  const cursor = createCursor(ranges);
  for (;;) {
    if (origin.split !== undefined) origin.split.left -= 1;
    const step = await takeStep(cursor, sending);
    if (step === undefined) return;
    await follow(step, sending, origin);
  }
}

/** Builds one request, attempts it once and settles what the service says; holds a slot no longer than that. */
async function takeStep(cursor: Cursor, sending: Sending): Promise<Step | undefined> {
  const { state, invocation } = sending;
  if (cursor.peek() === undefined) return undefined;
  const release = await invocation.semaphore.acquire(state.agentId);
  try {
    if (state.halt === undefined && state.current !== undefined)
      await invocation.rateLimiter(state.current.client);
    if (state.halt !== undefined || state.current === undefined) return undefined;
    if (invocation.deadlineMs - invocation.clock.now() < MIN_ATTEMPT_MS) {
      state.halt = { kind: 'out-of-time', reason: 'out-of-time' };
      return undefined;
    }
    const request = buildRequest(cursor, {
      manifest: invocation.manifest,
      client: state.current.client,
      agentId: state.agentId,
      nowMs: invocation.clock.now(),
      writer: invocation.writer,
      onTooOld: (line) => reject(line, state, { reason: 'too-old' }),
    });
    if (request === undefined) return undefined;
    // Nothing is waited for between building and this: the body is in the writer that all requests share.
    const startedMs = invocation.clock.now();
    const outcome = await attempt(request, sending);
    const open = applyOutcome(request, outcome, { ...sending, startedMs });
    noteFailure(outcome, startedMs, sending);
    return { request, startedMs, outcome, open };
  } finally {
    release();
  }
}

/** What the next invocations need to know, and how others' trouble is told from this. */
function noteFailure({ rest }: Outcome, startedMs: number, { state, invocation }: Sending): void {
  if (rest.fate !== 'retry' && rest.fate !== 'misconfigured') return;
  state.failedAfterMs = invocation.clock.now() - startedMs;
  invocation.agentHealth.failed(state.agentId, state.startedMs);
}

/** Does what the outcome's `rest` asks for. */
async function follow(
  { outcome, open, request, startedMs }: Step,
  sending: Sending,
  origin: Origin,
): Promise<void> {
  const { state, invocation } = sending;
  const { rest, answer } = outcome;
  if (outcome.pauseMs !== undefined) holdFor(outcome.pauseMs, sending);
  if (rest.fate === 'delivered') {
    invocation.breakers.close(state.agentId);
    state.probing = false;
    return;
  }
  if (open.length === 0 || state.halt !== undefined) return;
  const failed = { origin, answer, startedMs };
  if (rest.fate === 'split') return sendHalves(open, sending, { ...failed, rest });
  if (rest.fate === 'misconfigured') return sendRenewed(open, sending, { ...failed, rest });
  if (rest.afterMs === 0 && eventsOf(open) < request.events) return sendAll(open, sending, origin);
  return sendAgain(open, sending, { ...failed, rest });
}

interface Failed<R> {
  readonly origin: Origin;
  readonly startedMs: number;
  readonly rest: R;
  readonly answer: string | undefined;
}

async function sendAgain(
  open: readonly LineRange[],
  sending: Sending,
  { origin, rest, answer, startedMs }: Failed<Extract<Rest, { fate: 'retry' }>>,
): Promise<void> {
  const { state, invocation } = sending;
  const { clock } = invocation;
  if (state.probing) {
    state.halt = { kind: 'probe-failed', reason: rest.reason, answer };
    return;
  }
  enterTrouble(state, startedMs);
  try {
    const waitMs = rest.afterMs || backoffMs(origin.retry, clock.random);
    if (clock.now() + waitMs > retriesEndMs(sending)) {
      if (rest.afterMs !== undefined) holdFor(rest.afterMs, sending);
      state.halt = { kind: 'stalled', reason: rest.reason, answer };
      return;
    }
    await clock.sleep(waitMs);
    await sendAll(open, sending, { ...origin, retry: origin.retry + 1 });
  } finally {
    leaveTrouble(state, clock.now());
  }
}

/** Past the isolation limit others have waited long enough: what is left of the budget is not spent. */
function retriesEndMs({ state, invocation }: Sending): number {
  const { agentHealth, deadlineMs, isolationLimitMs } = invocation;
  const endMs = Math.min(state.budgetEndsMs, deadlineMs);
  const sinceMs = agentHealth.failingSince(state.agentId);
  if (sinceMs === undefined || !agentHealth.othersSucceed(state.agentId, state.startedMs)) return endMs;
  return Math.min(endMs, sinceMs + isolationLimitMs);
}

/** Once with the secret read afresh: what was refused may have been mended since. */
async function sendRenewed(
  open: readonly LineRange[],
  sending: Sending,
  { origin, rest, answer }: Failed<Extract<Rest, { fate: 'misconfigured' }>>,
): Promise<void> {
  const renewed = !origin.renewed && (await renewDrain(sending));
  if (renewed) return sendAll(open, sending, { ...origin, renewed });
  sending.state.halt ??= { kind: 'misconfigured', reason: rest.reason, answer };
}

/** Halves what was too much or holds a bad line, in order; what cannot be halved is rejected. */
async function sendHalves(
  open: readonly LineRange[],
  sending: Sending,
  { origin, rest, answer }: Failed<Extract<Rest, { fate: 'split' }>>,
): Promise<void> {
  const events = eventsOf(open);
  const split = origin.split ?? { left: Math.ceil(2 * Math.log2(events)) + 8 };
  if (events === 1 || split.left <= 0) {
    for (const range of open) reject(range, sending.state, { reason: rest.reason, answer });
    return;
  }
  const middle = Math.ceil(events / 2);
  await sendAll(sliceRanges(open, { from: 0, to: middle }), sending, { ...origin, split });
  await sendAll(sliceRanges(open, { from: middle, to: events }), sending, { ...origin, split });
}

/** What a service may ask for: a typing error, or something in between, may say a year, or a number without end. */
const MAX_PAUSE_MS = 60 * 60_000;

/** Nothing is sent until the pause is over: the service asked for it. */
function holdFor(pauseMs: number, { state, invocation }: Sending): void {
  if (pauseMs <= 0) return;
  invocation.agentHealth.failed(state.agentId, state.startedMs);
  invocation.breakers.hold(state.agentId, invocation.clock.now() + Math.min(pauseMs, MAX_PAUSE_MS));
  state.halt ??= { kind: 'stalled', reason: 'paused-by-service' };
}

/** Reads the secret afresh, once per invocation; false if that was not possible or allowed. */
async function renewDrain({ state, invocation }: Sending): Promise<boolean> {
  state.readAfresh ??= invocation.clients.afresh(state.agentId).then((answer) => {
    if (answer?.kind !== 'on') return false;
    state.current = answer;
    return true;
  });
  return state.readAfresh;
}
