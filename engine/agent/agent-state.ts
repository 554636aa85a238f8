import type { Clock } from '../../shared/base/clock.ts';
import type { LineRange } from '../requests/line-ranges.ts';
import type { OpenClient } from './clients.ts';

/** Why nothing more of an agent is sent in this invocation. */
export interface Halt {
  /**
   * `stalled`: the service could not take it now; `gave-way`: nor in the time that was left while others waited;
   * `misconfigured`: it will not, until settings change; `probe-failed`: the breaker was open and still is;
   * `out-of-time`: we ended, not the service.
   */
  readonly kind: 'stalled' | 'gave-way' | 'misconfigured' | 'probe-failed' | 'out-of-time';
  /** Our own code. */
  readonly reason: string;
  /** The service's words, unmasked. */
  readonly answer?: string | undefined;
}

export interface RejectedLines {
  readonly range: LineRange;
  readonly reason: string;
  readonly answer?: string | undefined;
}

/** One agent in one invocation, through all its waves. */
export interface AgentState {
  readonly agentId: string;
  /** Epoch ms. */
  readonly startedMs: number;
  /** The client in use, and the settings that it was opened with. */
  current: OpenClient | undefined;
  /** Something of this agent was taken in this invocation. */
  delivered: boolean;
  /** The secret was read afresh after the service refused the settings. */
  readAfresh: Promise<boolean> | undefined;
  /** The breaker is open: one request, one attempt. */
  probing: boolean;
  /** How long the last failed attempt took; undefined if none failed. */
  failedAfterMs: number | undefined;
  /** Requests that have failed and wait for another attempt. */
  troubled: number;
  retryBudgetMs: number;
  budgetEndsMs: number;
  /** Written by `halt` and `parkFromNow` alone. */
  readonly halt: Halt | undefined;
  rejected: RejectedLines[];
}

/** Waiting for and repeating of failed requests, per agent and invocation. */
const RETRY_BUDGET_MS = 5_000;

export interface StateContext {
  readonly clock: Pick<Clock, 'now'>;
  /** Parked lines are tried once: their agent is tried again in a few minutes, and others wait for the report. */
  readonly redrive: boolean;
}

export function createAgentState(agentId: string, { clock, redrive }: StateContext): AgentState {
  return {
    agentId,
    startedMs: clock.now(),
    current: undefined,
    delivered: false,
    readAfresh: undefined,
    probing: false,
    failedAfterMs: undefined,
    troubled: 0,
    retryBudgetMs: redrive ? 0 : RETRY_BUDGET_MS,
    budgetEndsMs: 0,
    halt: undefined,
    rejected: [],
  };
}

function setHalt(state: { halt: Halt | undefined }, why: Halt): void {
  state.halt = why;
}

/** Nothing more of the agent is sent in this invocation. Whoever says so first is right: later reasons follow from it. */
export function halt(state: AgentState, why: Halt): void {
  if (state.halt === undefined) setHalt(state, why);
}

/** A halted agent's lines were parked: those of later waves are parked too, without a further attempt. */
export function parkFromNow(state: AgentState): void {
  if (state.halt === undefined || state.halt.kind === 'misconfigured') return;
  setHalt(state, { ...state.halt, kind: 'probe-failed' });
}

/** The budget runs by the clock while at least one request is in trouble: from the start of the attempt that failed. */
export function enterTrouble(state: AgentState, startedMs: number): void {
  if (state.troubled === 0) state.budgetEndsMs = startedMs + state.retryBudgetMs;
  state.troubled += 1;
}

export function leaveTrouble(state: AgentState, nowMs: number): void {
  state.troubled -= 1;
  if (state.troubled === 0) state.retryBudgetMs = Math.max(0, state.budgetEndsMs - nowMs);
}
