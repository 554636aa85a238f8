import type { Clock } from '../../shared/base/clock.ts';
import type { FairSemaphore } from '../../shared/base/fair-semaphore.ts';
import { withinFirmTime } from '../../shared/base/time-limit.ts';
import { type Outcome, outcome } from '../../shared/destination/outcome.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { AgentHealth } from '../agent/agent-health.ts';
import { type AgentState, halt } from '../agent/agent-state.ts';
import type { BuiltRequest } from '../requests/request.ts';

/** What an attempt needs of its invocation. */
export interface AttemptContext {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly agentHealth: AgentHealth;
  readonly semaphore: FairSemaphore;
  /** Epoch ms past which nothing may still be under way. */
  readonly deadlineMs: number;
  readonly redrive: boolean;
  /** A request that holds up other agents may take this long, or a few times what is usual. */
  readonly patienceMs: number;
}

/** One attempt's time limit … */
const ATTEMPT_MS = 15_000;
/** … and that of an agent whose breaker is open, since the others' records wait for it. */
const PROBE_MS = 3_000;
/** A request may take this many times what the slowest of late took, whoever waits for it. */
const USUAL_TIMES = 3;
const LOOK_EVERY_MS = 100;
/** For a client to say what became of a request that was cut short. One that is still silent then knows nothing. */
const GRACE_MS = 250;
const TIMED_OUT = outcome({ fate: 'retry', reason: 'timeout' });

/** Sends a request once. An agent whose request was cut short for the others' sake is halted. */
export async function attempt(
  request: BuiltRequest,
  state: AgentState,
  context: AttemptContext,
): Promise<Outcome> {
  const { clock, telemetry } = context;
  let gaveWay = false;
  const limit = { clock, ms: timeLimitMs(state, context), graceMs: GRACE_MS, otherwise: TIMED_OUT };
  const result = await withinFirmTime<Outcome>(limit, async (signal, expire) => {
    const endWatch = watchTheWay(state, context, () => {
      gaveWay = true;
      expire();
    });
    try {
      return await request.send(signal);
    } finally {
      endWatch();
    }
  });
  telemetry.count('Attempts', 1);
  telemetry.count('Bytes', request.bytes);
  if (result.rest.fate !== 'delivered') {
    const { fate, reason } = result.rest;
    telemetry.count('AttemptsFailed', 1);
    telemetry.log('warn', 'attempt_failed', { agent: state.agentId, fate, reason, events: request.events });
    if (fate === 'retry' && gaveWay)
      halt(state, { kind: state.probing ? 'probe-failed' : 'gave-way', reason });
  }
  return result;
}

function timeLimitMs(state: AgentState, { clock, deadlineMs, redrive }: AttemptContext): number {
  const limitMs = state.probing && !redrive ? PROBE_MS : ATTEMPT_MS;
  const budgetMs = state.retries.entered() > 0 ? state.retries.endsMs() - clock.now() : limitMs;
  return Math.max(1, Math.min(limitMs, budgetMs, deadlineMs - clock.now()));
}

/**
 * Calls back once, if the request is in others' way: it takes long, others' requests do not, and either they wait for a
 * place while most places are held like this one, or its breaker is open, so that its lines need not wait. Others whose
 * lines wait in the stream behind it are not helped by an abort: its lines may be parked past the isolation limit only,
 * and until then it is better to go on trying.
 */
function watchTheWay(state: AgentState, context: AttemptContext, onInTheWay: () => void): () => void {
  const { agentHealth, semaphore, patienceMs, redrive, clock } = context;
  const startedMs = clock.monotonic();
  let inTime = (): void => undefined;
  const isInTheWay = (): boolean =>
    !redrive &&
    (state.probing || semaphore.isScarce()) &&
    clock.monotonic() - startedMs >= USUAL_TIMES * agentHealth.slowestMs() &&
    agentHealth.isOwnTrouble(state.agentId, state.startedMs);
  const look = (): void => {
    if (isInTheWay()) onInTheWay();
    else timer = clock.after(LOOK_EVERY_MS, look);
  };
  let timer = clock.after(patienceMs, () => {
    inTime = semaphore.noteLate();
    look();
  });
  return () => {
    timer.cancel();
    inTime();
  };
}
