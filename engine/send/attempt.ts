import { withinTime } from '../../shared/base/time-limit.ts';
import type { Outcome } from '../../shared/destination/outcome.ts';
import type { BuiltRequest } from '../requests/request.ts';
import type { Sending } from './send-request.ts';

/** One attempt's time limit … */
const ATTEMPT_MS = 15_000;
/** … and that of an agent whose breaker is open, since the others' records wait for it. */
const PROBE_MS = 3_000;
/** A request may take this many times what the slowest of late took, whoever waits for it. */
const USUAL_TIMES = 3;
const LOOK_EVERY_MS = 100;

/** Sends a request once. An agent whose request was cut short for the others' sake is halted. */
export async function attempt(request: BuiltRequest, sending: Sending): Promise<Outcome> {
  const { state, invocation } = sending;
  const { clock, telemetry } = invocation;
  let gaveWay = false;
  const outcome = await withinTime(timeLimitMs(sending), async (signal, expire) => {
    const { head, body, events, client } = request;
    const endWatch = watchTheWay(sending, () => {
      gaveWay = true;
      expire();
    });
    try {
      return await client.attempt({ ...head, body, events, nowMs: clock.now(), signal });
    } finally {
      endWatch();
    }
  });
  telemetry.count('Attempts', 1);
  telemetry.count('Bytes', request.body.length);
  if (outcome.rest.fate !== 'delivered') {
    const { fate, reason } = outcome.rest;
    telemetry.count('AttemptsFailed', 1);
    telemetry.log('warn', 'attempt_failed', { agent: state.agentId, fate, reason, events: request.events });
    if (fate === 'retry' && gaveWay)
      state.halt ??= { kind: state.probing ? 'probe-failed' : 'gave-way', reason };
  }
  return outcome;
}

function timeLimitMs({ state, invocation }: Sending): number {
  const { clock, deadlineMs, redrive } = invocation;
  const limitMs = state.probing && !redrive ? PROBE_MS : ATTEMPT_MS;
  const budgetMs = state.troubled > 0 ? state.budgetEndsMs - clock.now() : limitMs;
  return Math.max(1, Math.min(limitMs, budgetMs, deadlineMs - clock.now()));
}

/**
 * Calls once, if the request is in others' way: it takes long, others' requests do not, and they wait for its place, most
 * of which are held so; or its breaker is open, so that its lines need not wait. Others whose lines wait in the stream
 * behind it are not helped by an abort: its lines may be parked past the isolation limit only, and until then they are
 * better tried.
 */
function watchTheWay({ state, invocation }: Sending, onInTheWay: () => void): () => void {
  const { agentHealth, semaphore, patienceMs, redrive } = invocation;
  const startedAt = performance.now();
  let inTime = (): void => undefined;
  const isInTheWay = (): boolean =>
    !redrive &&
    (state.probing || semaphore.areScarce()) &&
    performance.now() - startedAt >= USUAL_TIMES * agentHealth.slowestMs() &&
    agentHealth.othersSucceed(state.agentId, state.startedMs);
  const look = (): void => {
    if (isInTheWay()) onInTheWay();
    else timer = setTimeout(look, LOOK_EVERY_MS);
  };
  let timer = setTimeout(() => {
    inTime = semaphore.noteLate();
    look();
  }, patienceMs);
  return () => {
    clearTimeout(timer);
    inTime();
  };
}
