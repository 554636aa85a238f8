import { backoffMs } from '../../shared/base/backoff.ts';
import type { Rest } from '../../shared/destination/outcome.ts';
import { enterTrouble, halt, leaveTrouble } from '../agent/agent-state.ts';
import { type Cursor, createCursor, eventsOf, type LineRange, sliceRanges } from '../requests/line-ranges.ts';
import { buildRequest } from '../requests/request.ts';
import { type AttemptResult, applyOutcome, reject } from '../settle/apply-outcome.ts';
import { attempt } from './attempt.ts';
import type { SendTask } from './send-task.ts';

/** With less time than this left, nothing is begun. */
const MIN_ATTEMPT_MS = 500;

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

interface Step extends AttemptResult {
  /** Lines that the outcome's `rest` is about. */
  readonly open: readonly LineRange[];
}

/** Sends the next request at the cursor until its lines are settled or rejected, or the agent is halted. */
export async function sendNext(cursor: Cursor, task: SendTask): Promise<void> {
  const step = await takeStep(cursor, task);
  if (step !== undefined) await follow(step, task, NEW);
}

async function sendAll(ranges: readonly LineRange[], task: SendTask, origin: Origin): Promise<void> {
  const cursor = createCursor(ranges);
  for (;;) {
    if (origin.split !== undefined) origin.split.left -= 1;
    const step = await takeStep(cursor, task);
    if (step === undefined) return;
    await follow(step, task, origin);
  }
}

/** Builds one request, attempts it once and settles what the service says; holds its place no longer than that. */
async function takeStep(cursor: Cursor, { state, context }: SendTask): Promise<Step | undefined> {
  if (cursor.peek() === undefined) return undefined;
  const release = await context.semaphore.acquire(state.agentId);
  try {
    if (state.halt === undefined && state.current !== undefined)
      await context.rateLimiter.acquire(state.current.client);
    if (state.halt !== undefined || state.current === undefined) return undefined;
    if (context.deadlineMs - context.clock.now() < MIN_ATTEMPT_MS) {
      halt(state, { kind: 'out-of-time', reason: 'out-of-time' });
      return undefined;
    }
    const request = buildRequest(cursor, {
      manifest: context.manifest,
      client: state.current.client,
      agentId: state.agentId,
      nowMs: context.clock.now(),
      writer: context.writer,
      onTooOld: (line) => reject(line, state, { reason: 'too-old' }),
    });
    if (request === undefined) return undefined;
    const startedMs = context.clock.now();
    const outcome = await attempt(request, state, context);
    const result: AttemptResult = { request, outcome, startedMs };
    const open = applyOutcome(result, state, context);
    noteFailure(result, { state, context });
    return { ...result, open };
  } finally {
    release();
  }
}

/** What the next invocations need to know, and how others' trouble is told from this. */
function noteFailure({ outcome: { rest }, startedMs }: AttemptResult, { state, context }: SendTask): void {
  if (rest.fate !== 'retry' && rest.fate !== 'misconfigured') return;
  state.failedAfterMs = context.clock.now() - startedMs;
  context.agentHealth.failed(state.agentId, state.startedMs);
}

/** Does what the outcome's `rest` asks for. */
async function follow(step: Step, task: SendTask, origin: Origin): Promise<void> {
  const { outcome, open, request, startedMs } = step;
  const { state, context } = task;
  const { rest, answer } = outcome;
  if (outcome.pauseMs !== undefined) holdFor(outcome.pauseMs, task);
  if (rest.fate === 'delivered') {
    context.breakers.close(state.agentId);
    state.probing = false;
    return;
  }
  if (open.length === 0 || state.halt !== undefined) return;
  const failed = { origin, answer, startedMs };
  if (rest.fate === 'split') return sendHalves(open, task, { ...failed, rest });
  if (rest.fate === 'misconfigured') return sendRenewed(open, task, { ...failed, rest });
  if (rest.afterMs === 0 && eventsOf(open) < request.events) return sendAll(open, task, origin);
  return sendAgain(open, task, { ...failed, rest });
}

interface Failed<R> {
  readonly origin: Origin;
  readonly startedMs: number;
  readonly rest: R;
  readonly answer: string | undefined;
}

async function sendAgain(
  open: readonly LineRange[],
  task: SendTask,
  { origin, rest, answer, startedMs }: Failed<Extract<Rest, { fate: 'retry' }>>,
): Promise<void> {
  const { state, context } = task;
  const { clock } = context;
  if (state.probing) {
    halt(state, { kind: 'probe-failed', reason: rest.reason, answer });
    return;
  }
  enterTrouble(state, startedMs);
  try {
    const waitMs = rest.afterMs || backoffMs(origin.retry, clock.random);
    if (clock.now() + waitMs > retriesEndMs(task)) {
      halt(state, { kind: 'stalled', reason: rest.reason, answer });
      if (rest.afterMs !== undefined) holdFor(rest.afterMs, task);
      return;
    }
    await clock.sleep(waitMs);
    await sendAll(open, task, { ...origin, retry: origin.retry + 1 });
  } finally {
    leaveTrouble(state, clock.now());
  }
}

/** Past the isolation limit others have waited long enough: what is left of the budget is not spent. */
function retriesEndMs({ state, context }: SendTask): number {
  const { agentHealth, deadlineMs, isolationLimitMs } = context;
  const endMs = Math.min(state.budgetEndsMs, deadlineMs);
  const sinceMs = agentHealth.failingSince(state.agentId);
  if (sinceMs === undefined || !agentHealth.isOwnTrouble(state.agentId, state.startedMs)) return endMs;
  return Math.min(endMs, sinceMs + isolationLimitMs);
}

/** Once with the secret read afresh: the settings may have been corrected since. */
async function sendRenewed(
  open: readonly LineRange[],
  task: SendTask,
  { origin, rest, answer }: Failed<Extract<Rest, { fate: 'misconfigured' }>>,
): Promise<void> {
  const renewed = !origin.renewed && (await renewClient(task));
  if (renewed) return sendAll(open, task, { ...origin, renewed });
  halt(task.state, { kind: 'misconfigured', reason: rest.reason, answer });
}

/** Halves what was too much or holds a bad line, in order; what cannot be halved is rejected. */
async function sendHalves(
  open: readonly LineRange[],
  task: SendTask,
  { origin, rest, answer }: Failed<Extract<Rest, { fate: 'split' }>>,
): Promise<void> {
  const events = eventsOf(open);
  const split = origin.split ?? { left: Math.ceil(2 * Math.log2(events)) + 8 };
  if (events === 1 || split.left <= 0) {
    for (const range of open) reject(range, task.state, { reason: rest.reason, answer });
    return;
  }
  const middle = Math.ceil(events / 2);
  await sendAll(sliceRanges(open, { from: 0, to: middle }), task, { ...origin, split });
  await sendAll(sliceRanges(open, { from: middle, to: events }), task, { ...origin, split });
}

/** What a service may ask for: a typing error, or something in between, may say a year, or a number without end. */
const MAX_PAUSE_MS = 60 * 60_000;

/** Nothing is sent until the pause is over: the service asked for it. */
function holdFor(pauseMs: number, { state, context }: SendTask): void {
  if (pauseMs <= 0) return;
  context.agentHealth.failed(state.agentId, state.startedMs);
  context.breakers.hold(state.agentId, context.clock.now() + Math.min(pauseMs, MAX_PAUSE_MS));
  halt(state, { kind: 'stalled', reason: 'paused-by-service' });
}

/** Reads the secret afresh, once per invocation; false if that was not possible or allowed. */
async function renewClient({ state, context }: SendTask): Promise<boolean> {
  state.readAfresh ??= context.clients.afresh(state.agentId).then((answer) => {
    if (answer?.kind !== 'on') return false;
    state.current = answer;
    return true;
  });
  return state.readAfresh;
}
