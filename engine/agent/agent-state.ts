import type { Clock } from '../../shared/base/clock.ts';
import type { LevelFilter } from '../requests/level-filter.ts';
import type { LineRange } from '../requests/line-ranges.ts';
import type { OpenClient } from './clients.ts';
import { createTimeBudget, type TimeBudget } from './time-budget.ts';

/** Why nothing more of an agent is sent in this invocation. */
export interface Halt {
  /**
   * `stalled`: the service could not take it now; `gave-way`: nor in the time that was left while others waited;
   * `over-share`: it takes all that it is sent, and there is more than others can wait for;
   * `misconfigured`: it will not, until settings change; `probe-failed`: the breaker was open and still is;
   * `out-of-time`: we ended, not the service.
   */
  readonly kind: 'stalled' | 'gave-way' | 'over-share' | 'misconfigured' | 'probe-failed' | 'out-of-time';
  /** Our own code. */
  readonly reason: string;
  /** The service's words, unmasked. */
  readonly answer?: string | undefined;
}

export interface RejectedLines {
  readonly range: LineRange;
  readonly reason: string;
  readonly answer?: string | undefined;
  /** The service did not name them: it refused a request that held nothing else. */
  readonly alone?: boolean | undefined;
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
  /** Spent by requests that have failed and wait for another attempt, from the start of the attempt that failed. */
  readonly retries: TimeBudget;
  /** Spent on finding lines that the service refuses. */
  readonly search: TimeBudget;
  /** Written by `halt` and `parkFromNow` alone. */
  readonly halt: Halt | undefined;
  rejected: RejectedLines[];
  /** Where the settings name a least level. */
  levelFilter: LevelFilter | undefined;
}

const RETRY_BUDGET_MS = 5_000;
/** As much: to whoever waits behind the agent, it is the same. */
const SEARCH_BUDGET_MS = 5_000;

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
    retries: createTimeBudget(redrive ? 0 : RETRY_BUDGET_MS),
    search: createTimeBudget(SEARCH_BUDGET_MS),
    halt: undefined,
    rejected: [],
    levelFilter: undefined,
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

/** Lines that were refused alone are not bad after all, but the settings are: they wait with the others. */
export function takeBackRefused(state: AgentState): void {
  state.rejected = state.rejected.filter(({ alone }) => alone !== true);
}
