import type { Clock } from '../../shared/base/clock.ts';
import { withinFirmTime } from '../../shared/base/time-limit.ts';
import type { ByteWriter } from '../../shared/destination/byte-writer.ts';
import type { Manifest } from '../../shared/destination/contract.ts';
import { type AgentState, halt } from '../agent/agent-state.ts';
import type { CircuitBreakers } from '../agent/circuit-breakers.ts';
import type { ClientAnswer, Clients } from '../agent/clients.ts';
import type { OutcomeContext } from '../settle/apply-outcome.ts';
import type { AttemptContext } from './attempt.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { RequestSizes } from './request-sizes.ts';
import type { Shares } from './shares.ts';

/** What sending needs of an invocation. */
export interface SendContext extends AttemptContext, OutcomeContext {
  readonly clock: Clock;
  readonly manifest: Manifest;
  readonly clients: Clients;
  readonly breakers: CircuitBreakers;
  readonly rateLimiter: RateLimiter;
  readonly requestSizes: RequestSizes;
  /** Requests are encoded here, one after the other. */
  readonly writer: ByteWriter;
  readonly shares: Shares;
  readonly isolationLimitMs: number;
  /** Asked before an agent is tried whose attempts fail slowly; false once as many as an invocation affords were tried. */
  readonly mayProbe: () => boolean;
}

/** One agent whose lines are sent in one invocation. */
export interface SendTask {
  readonly state: AgentState;
  readonly context: SendContext;
}

/** A bug met on one agent's lines must not hold up the others': its lines wait, and the operator is told. */
export function failSafe(error: unknown, { state, context }: SendTask): void {
  const name = error instanceof Error ? error.name : typeof error;
  context.telemetry.log('error', 'internal_error', { agent: state.agentId, error: name });
  halt(state, { kind: 'stalled', reason: 'internal-error' });
}

type Unavailable = Extract<ClientAnswer, { kind: 'unavailable' }>;
const UNAVAILABLE: Unavailable = { kind: 'unavailable', reason: 'settings-unavailable' };

/** An answer about the agent's settings, or that they are unavailable by the end of the time for sending. */
export async function askInTime<T>(
  ask: (agentId: string) => Promise<T>,
  { state, context: { clock, deadlineMs } }: SendTask,
): Promise<T | Unavailable> {
  const limit = { clock, ms: deadlineMs - clock.now(), graceMs: 0, otherwise: UNAVAILABLE };
  return withinFirmTime<T | Unavailable>(limit, () => ask(state.agentId));
}
