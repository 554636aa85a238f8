import { halt } from '../agent/agent-state.ts';
import type { Cursor, LineRange } from '../requests/line-ranges.ts';
import { buildRequest } from '../requests/request.ts';
import { type AttemptResult, applyOutcome, reject } from '../settle/apply-outcome.ts';
import { attempt } from './attempt.ts';
import type { SendTask } from './send-task.ts';

/** With less time than this left, nothing is begun. */
const MIN_ATTEMPT_MS = 500;

/** One request, sent once. */
export interface Step extends AttemptResult {
  /** Lines that the outcome's `rest` is about. */
  readonly open: readonly LineRange[];
}

/**
 * Builds one request of at most so many bytes, attempts it once and settles what the service says; holds its place no
 * longer than that. Undefined if there is nothing to send, or nothing more of the agent may be.
 */
export async function takeStep(
  cursor: Cursor,
  { state, context }: SendTask,
  maxBytes: number,
): Promise<Step | undefined> {
  if (cursor.peek() === undefined) return undefined;
  const release = await context.semaphore.acquire(state.agentId);
  try {
    if (state.halt !== undefined || state.current === undefined) return undefined;
    const lastStartMs = context.deadlineMs - MIN_ATTEMPT_MS;
    const mayStart = await context.rateLimiter.acquire(state.current.client, lastStartMs);
    if (state.halt !== undefined) return undefined;
    if (!mayStart || context.clock.now() > lastStartMs) {
      halt(state, { kind: 'out-of-time', reason: 'out-of-time' });
      return undefined;
    }
    const request = buildRequest(cursor, {
      manifest: context.manifest,
      client: state.current.client,
      maxBytes: Math.min(maxBytes, context.requestSizes.maxBytesOf(state.current.client.endpoint)),
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
  const where = rest.fate === 'misconfigured' ? 'settings' : 'service';
  context.agentHealth.failed(state.agentId, { startedMs: state.startedMs, where });
}
