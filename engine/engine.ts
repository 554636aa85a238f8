import {
  type DeliveryEvent,
  type DeliveryReport,
  type InvocationContext,
  parseEvent,
  parseRedriveEvent,
  type RedriveEvent,
  type RedriveReport,
} from '../shared/parking/kinesis-event.ts';
import { type AgentState, createAgentState } from './agent/agent-state.ts';
import type { Container, Invocation } from './container.ts';
import {
  type RecordProgress,
  redriveReportOf,
  reportOf,
  type Segment,
  trackRecords,
  unsettledOf,
} from './decode/progress.ts';
import { createSeenLines, decodeWave, type SeenLines, type Wave } from './decode/wave.ts';
import { sendAgentLines } from './send/agent-sender.ts';
import { failSafe } from './send/send-task.ts';
import { createShares } from './send/shares.ts';
import { parkLeftovers, parkUnreadable } from './settle/park-leftovers.ts';

/** Kept back from Lambda's remaining time, for parking and the report. */
const RESERVE_MS = 3_000;
/** The part of it that is left to answer, on a function that is loaded: nothing is awaited any more, whoever is silent. */
const ANSWER_MS = 1_500;
/** Agents that were slow to fail get at most this part (1/4) of the requests that may be in flight. */
const PROBING_SHARE = 4;

/** What a function does with an event, of the mapping or of redrive. Throws a TypeError for one that neither would send. */
export async function handleEvent(
  event: unknown,
  context: InvocationContext,
  container: Container,
): Promise<DeliveryReport> {
  const redrive = parseRedriveEvent(event);
  return redrive === undefined
    ? deliverEvent(parseEvent(event), context, container)
    : redeliverEvent(redrive, context, container);
}

/**
 * Delivers an event and reports where the mapping has to begin again. Data goes one way: records → waves →
 * each agent's requests → outcomes → settled lines → report. Never throws for what a service, the network, a
 * secret or a record can do.
 */
export async function deliverEvent(
  event: DeliveryEvent,
  context: InvocationContext,
  container: Container,
): Promise<DeliveryReport> {
  return reportOf(await passRecords(event, context, container));
}

/** Delivers what redrive has taken out of the bucket, and reports every record that is not delivered. */
export async function redeliverEvent(
  redrive: RedriveEvent,
  context: InvocationContext,
  container: Container,
): Promise<RedriveReport> {
  return redriveReportOf(await passRecords(redrive.event, context, container), redrive);
}

async function passRecords(
  event: DeliveryEvent,
  context: InvocationContext,
  container: Container,
): Promise<readonly RecordProgress[]> {
  const { clock } = container;
  const endMs = clock.now() + context.getRemainingTimeInMillis();
  const invocation: Invocation = {
    ...container,
    deadlineMs: endMs - RESERVE_MS,
    parkingEndsMs: endMs - ANSWER_MS,
    redrive: event.redrive === true,
    rejectedBefore: event.rejected === true,
    shares: createShares(clock),
    mayProbe: atMost(Math.ceil(container.manifest.maxInFlight / PROBING_SHARE)),
  };
  const records = trackRecords(event.Records);
  const waves: WavesContext = {
    invocation,
    seen: createSeenLines(clock.now),
    states: new Map(),
    slowestDecodingMs: 0,
  };
  // Decoding does not look at the clock, so it is not begun unless as much time is left as it has taken before.
  const hasTime = (): boolean => clock.now() + waves.slowestDecodingMs < invocation.deadlineMs;
  for (let next = 0; next < records.length && hasTime(); ) {
    next = await passWave(records, next, waves);
  }
  invocation.clients.sweep();
  return records;
}

/** What the waves of an event share. */
interface WavesContext {
  readonly invocation: Invocation;
  readonly seen: SeenLines;
  readonly states: Map<string, AgentState>;
  slowestDecodingMs: number;
}

/** Returns where the next wave begins. A function of its own, so that nothing keeps this wave while that is decoded. */
async function passWave(
  records: readonly RecordProgress[],
  first: number,
  waves: WavesContext,
): Promise<number> {
  const { invocation, seen } = waves;
  const startedMs = invocation.clock.now();
  const wave = decodeWave(records, first, { context: invocation, seen });
  waves.slowestDecodingMs = Math.max(waves.slowestDecodingMs, invocation.clock.now() - startedMs);
  await deliverWave(wave, waves);
  // Nothing of it is in flight now. The last wave is left to the garbage collector: V8 checks buffers more often once
  // one has been taken apart, and most events are one wave.
  if (wave.next < records.length) wave.free();
  return wave.next;
}

async function deliverWave(wave: Wave, { invocation, states }: WavesContext): Promise<void> {
  const agents = [...wave.segments].map(([agentId, segments]) => {
    const state = states.get(agentId) ?? createAgentState(agentId, invocation);
    states.set(agentId, state);
    return { segments, state };
  });
  for (const { state, segments } of agents) {
    if (!invocation.redrive) invocation.agentHealth.met(state.agentId);
    invocation.lineNumberGaps(state.agentId, segments);
    invocation.unreadTimes(state.agentId, segments);
  }
  await Promise.all(
    agents.map(async ({ segments, state }) => {
      const task = { state, context: invocation };
      await sendAgentLines(segments, task).catch((error: unknown) => failSafe(error, task));
    }),
  );
  await Promise.all([
    ...wave.unreadable.map((unreadable) => parkUnreadable(unreadable, invocation)),
    ...agents.map(({ segments, state }) => parkLeftovers(segments, state, invocation)),
  ]);
  if (invocation.redrive) for (const { segments, state } of agents) noteTrouble(segments, state);
}

function noteTrouble(segments: readonly Segment[], { halt }: AgentState): void {
  for (const segment of segments) {
    if (unsettledOf(segment).length > 0) segment.record.trouble ??= halt?.reason ?? 'rejected';
  }
}

function atMost(times: number): () => boolean {
  let left = times;
  return () => {
    left -= 1;
    return left >= 0;
  };
}
