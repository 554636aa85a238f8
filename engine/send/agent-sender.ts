import type { Level } from '../../shared/level/words/levels.ts';
import { halt } from '../agent/agent-state.ts';
import type { BreakerState } from '../agent/circuit-breakers.ts';
import { markSettled, type Segment } from '../decode/progress.ts';
import { createLevelFilter } from '../requests/level-filter.ts';
import { type Cursor, createCursor, type LineRange } from '../requests/line-ranges.ts';
import { settingsOf } from './agent-settings.ts';
import { sendNext } from './send-request.ts';
import { failSafe, type SendContext, type SendTask } from './send-task.ts';

/** Sends one agent's lines of one wave: in order, a growing number of requests side by side. */
export async function sendAgentLines(segments: readonly Segment[], task: SendTask): Promise<void> {
  const { state, context } = task;
  if (state.halt !== undefined) return;
  const trouble = context.breakers.of(state.agentId);
  if (trouble.holdUntilMs > context.clock.now()) {
    halt(state, { kind: trouble.open ? 'probe-failed' : 'stalled', reason: 'paused-by-service' });
    return;
  }
  if (trouble.open && !context.redrive && !mayProbe(trouble, context)) {
    halt(state, { kind: 'probe-failed', reason: trouble.reason });
    return;
  }
  state.probing = trouble.open;
  const answer = await settingsOf(task);
  if (answer === undefined) return;
  if (answer.kind === 'off') {
    if (context.redrive) keepAll(task);
    else skipAll(segments, task);
    return;
  }
  state.current = answer;
  const ranges = unsettledRanges(segments, answer.minLevel, task);
  await pump(queuesOf(ranges, context.manifest.requestPer), task);
}

/** A service that fails slowly is tried now and then; in between its agent's lines are parked at once. */
function mayProbe(
  { slowFailures, nextProbeMs }: BreakerState,
  { clock, mayProbe: isOneOfFew }: SendContext,
): boolean {
  return slowFailures === 0 || (nextProbeMs <= clock.now() && isOneOfFew());
}

/** Lines that were parked were wanted once: without settings they stay where they are. */
function keepAll({ state, context }: SendTask): void {
  halt(state, { kind: 'misconfigured', reason: 'no-settings' });
  context.telemetry.log('warn', 'lines_kept', { agent: state.agentId, reason: 'no-settings' });
}

/** Lines from the stream that nobody wants. */
function skipAll(segments: readonly Segment[], task: SendTask): void {
  let lines = 0;
  for (const segment of segments) {
    markSettled(segment, segment.from, segment.to);
    lines += segment.to - segment.from;
  }
  countSkipped(task, { reason: 'no-settings', lines });
}

function countSkipped(
  { state, context: { telemetry } }: Pick<SendTask, 'state' | 'context'>,
  { reason, lines }: { readonly reason: string; readonly lines: number },
): void {
  telemetry.count('LinesSkipped', lines);
  telemetry.log('info', 'lines_skipped', { agent: state.agentId, reason, lines });
}

/** The lines to send; those below the agent's least level are skipped here. */
function unsettledRanges(
  segments: readonly Segment[],
  minLevel: Level | undefined,
  { state, context }: SendTask,
): LineRange[] {
  if (minLevel === undefined)
    return segments.map((segment) => ({ segment, from: segment.from, to: segment.to }));
  state.levelFilter ??= createLevelFilter(minLevel);
  const wanted = state.levelFilter.wanted(segments);
  const ranges: LineRange[] = [];
  let skipped = 0;
  for (const [at, segment] of segments.entries())
    for (const { from, to, isWanted } of stretches(wanted[at] ?? [], segment.from)) {
      if (isWanted) ranges.push({ segment, from, to });
      else {
        markSettled(segment, from, to);
        skipped += to - from;
      }
    }
  if (skipped > 0) countSkipped({ state, context }, { reason: 'below-min-level', lines: skipped });
  return ranges;
}

/** Consecutive lines that are all wanted, or all not. */
function* stretches(
  wanted: ArrayLike<number>,
  first: number,
): Generator<{ readonly from: number; readonly to: number; readonly isWanted: boolean }> {
  let from = 0;
  for (let at = 1; at <= wanted.length; at += 1) {
    if (at < wanted.length && wanted[at] === wanted[from]) continue;
    yield { from: first + from, to: first + at, isWanted: wanted[from] === 1 };
    from = at;
  }
}

interface RequestQueue {
  readonly cursor: Cursor;
  inFlight: number;
}

function queuesOf(ranges: readonly LineRange[], requestPer: 'agent' | 'worker'): RequestQueue[] {
  const byKey = new Map<string, LineRange[]>();
  for (const range of ranges) {
    const key = requestPer === 'worker' ? range.segment.group.workerId : '';
    const queue = byKey.get(key);
    if (queue === undefined) byKey.set(key, [range]);
    else queue.push(range);
  }
  return [...byKey.values()].map((queue) => ({ cursor: createCursor(queue), inFlight: 0 }));
}

/** In a redrive nobody waits behind it. */
function isOverShare({ state: { agentId }, context: { redrive, shares, agentHealth } }: SendTask): boolean {
  return !redrive && shares.isSpent(agentId) && agentHealth.hasNeighbours(agentId);
}

/** One request until the invocation's first success, then the window; nothing new while one is in trouble. */
async function pump(queues: readonly RequestQueue[], task: SendTask): Promise<void> {
  const { state, context } = task;
  const { window, maxInFlight } = context.manifest;
  const running = new Set<Promise<void>>();

  function nextQueue(): RequestQueue | undefined {
    if (state.halt !== undefined || state.retries.entered() > 0) return undefined;
    if (running.size >= (state.delivered && !state.probing ? maxInFlight : 1)) return undefined;
    return queues
      .filter(({ cursor, inFlight }) => inFlight < window && cursor.peek() !== undefined)
      .reduce<RequestQueue | undefined>(
        (a, b) => (a === undefined || b.inFlight < a.inFlight ? b : a),
        undefined,
      );
  }

  function startNext(): boolean {
    const queue = nextQueue();
    if (queue === undefined) return false;
    if (isOverShare(task)) halt(state, { kind: 'over-share', reason: 'over-share' });
    else start(queue);
    return true;
  }

  function start(queue: RequestQueue): void {
    queue.inFlight += 1;
    context.shares.count(state.agentId);
    const run = sendNext(queue.cursor, task)
      .catch((error: unknown) => failSafe(error, task))
      .finally(() => {
        queue.inFlight -= 1;
        running.delete(run);
      });
    running.add(run);
  }

  for (;;) {
    if (startNext()) continue;
    if (running.size > 0) await Promise.race(running);
    else return;
  }
}
