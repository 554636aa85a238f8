import { backoffMs } from '../../shared/base/backoff.ts';
import type { Rest } from '../../shared/destination/outcome.ts';
import { halt, takeBackRefused } from '../agent/agent-state.ts';
import { type Cursor, createCursor, eventsOf, type LineRange, sliceRanges } from '../requests/line-ranges.ts';
import { reject } from '../settle/apply-outcome.ts';
import { askInTime, type SendTask } from './send-task.ts';
import { type Step, takeStep } from './step.ts';

/** How a request came to be sent: as new, again, or as a part of another. */
interface Origin {
  /** Attempts that failed before it. */
  readonly retry: number;
  /** The secret was read afresh for it. */
  readonly renewed: boolean;
  /** What is sent again of a request that was too large is smaller, whatever is known of its endpoint by then. */
  readonly maxBytes: number;
}

const NEW: Origin = { retry: 0, renewed: false, maxBytes: Number.POSITIVE_INFINITY };

/** Sends the next request at the cursor until its lines are settled or rejected, or the agent is halted. */
export async function sendNext(cursor: Cursor, task: SendTask): Promise<void> {
  const step = await takeStep(cursor, task, NEW.maxBytes);
  if (step !== undefined) await follow(step, task, NEW);
}

async function sendAll(ranges: readonly LineRange[], task: SendTask, origin: Origin): Promise<void> {
  const cursor = createCursor(ranges);
  for (;;) {
    const step = await takeStep(cursor, task, origin.maxBytes);
    if (step === undefined) return;
    await follow(step, task, origin);
  }
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
  if (rest.fate === 'split') return sendLess(step, task, { ...failed, rest });
  if (rest.fate === 'misconfigured') return sendRenewed(open, task, { ...failed, rest });
  if (rest.afterMs === 0 && eventsOf(open) < request.events)
    return sendInSearch([open], task, { ...failed, rest });
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
  state.retries.enter(startedMs);
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
    state.retries.leave(clock.now());
  }
}

/** Past the isolation limit others have waited long enough: what is left of the budget is not spent. */
function retriesEndMs({ state, context }: SendTask): number {
  const { agentHealth, deadlineMs, isolationLimitMs } = context;
  const endMs = Math.min(state.retries.endsMs(), deadlineMs);
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

type Split = Extract<Rest, { fate: 'split' }>;

/** Sends what was refused as a whole in smaller requests, in order; a line that was refused alone is rejected. */
async function sendLess(step: Step, task: SendTask, failed: Failed<Split>): Promise<void> {
  const { request, open } = step;
  const { state, context } = task;
  const events = eventsOf(open);
  if (events === 1) return refuseAlone(open, task, failed);
  if (failed.rest.tooMuch === true) {
    if (state.current !== undefined)
      context.requestSizes.tooLarge(state.current.client.endpoint, request.bytes);
    return sendAll(open, task, { ...failed.origin, maxBytes: request.bytes / 2 });
  }
  // Of an agent in trouble, one line tells whether anything is taken.
  const middle = state.probing && !context.redrive ? 1 : Math.ceil(events / 2);
  const parts = [
    { from: 0, to: middle },
    { from: middle, to: events },
  ];
  return sendInSearch(
    parts.map((part) => sliceRanges(open, part)),
    task,
    failed,
  );
}

/** Sends the parts within the time that an agent may spend on its bad lines; past it the rest waits. */
async function sendInSearch(
  parts: readonly (readonly LineRange[])[],
  task: SendTask,
  { origin, startedMs, rest, answer }: Failed<Exclude<Rest, { fate: 'delivered' }>>,
): Promise<void> {
  const { state, context } = task;
  const { clock, redrive } = context;
  state.search.enter(startedMs);
  try {
    for (const part of parts) {
      // In a redrive nobody waits behind it.
      if (!redrive && clock.now() >= state.search.endsMs())
        return halt(state, { kind: 'stalled', reason: rest.reason, answer });
      await sendAll(part, task, origin);
    }
  } finally {
    state.search.leave(clock.now());
  }
}

/** Rejects the line, unless so many were refused that it must be the settings, whatever the service calls it. */
async function refuseAlone(open: readonly LineRange[], task: SendTask, failed: Failed<Split>): Promise<void> {
  const { state, context } = task;
  const { rest, answer } = failed;
  if (state.probing && !context.redrive) {
    halt(state, { kind: 'probe-failed', reason: rest.reason, answer });
    return;
  }
  const refusals = state.current?.refusals;
  refusals?.refused();
  if (refusals?.areOfSettings() !== true) {
    for (const range of open) reject(range, state, { reason: rest.reason, answer, alone: true });
    return;
  }
  if (!refusals.everAccepted()) takeBackRefused(state);
  context.agentHealth.failed(state.agentId, { startedMs: state.startedMs, where: 'settings' });
  await sendRenewed(open, task, { ...failed, rest: { fate: 'misconfigured', reason: 'all-refused' } });
  // The next event may reject as many again: else a redrive of lines that are truly bad would never end.
  refusals.restart();
}

/** What a service may ask for: a typing error, or something in between, may say a year, or a number without end. */
const MAX_PAUSE_MS = 60 * 60_000;

/** Nothing is sent until the pause is over: the service asked for it. */
function holdFor(pauseMs: number, { state, context }: SendTask): void {
  if (pauseMs <= 0) return;
  context.agentHealth.failed(state.agentId, { startedMs: state.startedMs, where: 'service' });
  context.breakers.hold(state.agentId, context.clock.now() + Math.min(pauseMs, MAX_PAUSE_MS));
  halt(state, { kind: 'stalled', reason: 'paused-by-service' });
}

/** Reads the secret afresh, once per invocation; false if that was not possible or allowed. */
async function renewClient(task: SendTask): Promise<boolean> {
  const { state, context } = task;
  state.readAfresh ??= askInTime(context.clients.afresh, task).then((answer) => {
    if (answer?.kind !== 'on') return false;
    state.current = answer;
    return true;
  });
  return state.readAfresh;
}
