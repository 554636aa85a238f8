import { randomUUID } from 'node:crypto';
import { type Backlog, backlogOfAgents, backlogOfUnreadable } from '../../shared/parking/backlog.ts';
import type { DestinationId } from '../registry.ts';
import { type BacklogPlan, redriveBacklog } from './backlog-runner.ts';
import { type Lease, takeLease } from './lease.ts';
import { createOnFailurePlan } from './on-failure-plan.ts';
import { previewOnFailure, previewOwn } from './preview.ts';
import type { RedriveRequest } from './request.ts';
import { createTally, type RedriveResult, type Tally } from './result.ts';
import { beginRun, type RedriveContext, type RedriveRun } from './run-context.ts';

/** What a run began may go on after its own end: the function that it invoked. */
const AFTERMATH_MS = 90_000;

type Tallies = ReadonlyMap<DestinationId, Tally>;

/**
 * Sends what waits in the bucket again: each destination by itself, and beside them the batches that Lambda put
 * aside. Never throws for what the bucket, a function or an object can do.
 */
export async function redrive(request: RedriveRequest, context: RedriveContext): Promise<RedriveResult> {
  const run = beginRun(request, context);
  const ids = [...run.functions.keys()].filter((id) => id === (request.destination ?? id));
  const tallies = new Map(ids.map((id) => [id, createTally(id)]));
  const onFailure = request.dryRun ? await lookAll(tallies, run) : await sendAll(tallies, run);
  const results = [...tallies].map(([id, tally]) => [id, tally.result()] as const);
  return { startedMs: run.startedMs, destinations: Object.fromEntries(results), ...onFailure };
}

/** What of a result is no destination's. */
type OnFailure = Pick<RedriveResult, 'unknown' | 'onFailureTrouble'>;

/** The name of the error that the bucket answered with, if it did. */
async function troubleOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}

/** The bucket's trouble ends the run for this destination, not for others. */
async function guarded(tally: Tally, run: RedriveRun, work: () => Promise<void>): Promise<void> {
  const reason = await troubleOf(work);
  if (reason === undefined) return;
  run.log('error', 'bucket_failed', { destination: tally.id, reason });
  tally.end('unavailable', reason);
}

async function guardedOnFailure(run: RedriveRun, work: () => Promise<void>): Promise<Partial<OnFailure>> {
  const reason = wantsOnFailure(run) ? await troubleOf(work) : undefined;
  if (reason === undefined) return {};
  run.log('error', 'bucket_failed', { reason });
  return { onFailureTrouble: reason };
}

async function sendAll(tallies: Tallies, run: RedriveRun): Promise<OnFailure> {
  const leases: Lease[] = [];
  const owner = randomUUID();
  await Promise.all(
    [...tallies.values()].map((tally) =>
      guarded(tally, run, async () => {
        const expiresMs = run.deadlineMs + AFTERMATH_MS;
        const options = { destination: tally.id, owner, nowMs: run.clock.now(), expiresMs };
        const lease = await takeLease(run.bucket, options);
        if (lease === undefined) tally.end('busy');
        else leases.push(lease);
      }),
    ),
  );
  const onFailure = createOnFailurePlan(tallies, run);
  const [trouble] = await Promise.all([
    guardedOnFailure(run, () => redriveBacklog(onFailure, run)),
    ...[...tallies.values()].map((tally) =>
      guarded(tally, run, async () => {
        for (const plan of plansOf(tally, run)) await redriveBacklog(plan, run);
      }),
    ),
  ]);
  await Promise.all(leases.map(({ release }) => release().catch(() => undefined)));
  return { unknown: onFailure.unknown(), ...trouble };
}

function plansOf(tally: Tally, run: RedriveRun): readonly BacklogPlan[] {
  const functionName = run.functions.get(tally.id);
  if (functionName === undefined) return [];
  const planOf = (backlog: Backlog): BacklogPlan => ({
    backlog,
    failuresHold: !run.request.rejected,
    found: ({ bytes }) => tally.add({ objects: 1, bytes }),
    targetOf: () => ({ tally, functionName }),
    garbled: ({ key, atMs }) => {
      run.log('error', 'object_unreadable', { key });
      tally.add({ garbled: 1 });
      tally.remains(atMs);
    },
    unfinished: ({ atMs }) => {
      tally.end('unfinished');
      tally.remains(atMs);
    },
    ended: tally.ended,
  });
  return backlogsOf(tally.id, run).map(planOf);
}

function backlogsOf(id: DestinationId, { request: { agent, rejected } }: RedriveRun): readonly Backlog[] {
  if (!rejected) return [backlogOfAgents('parked', id, agent)];
  const ofAgents = backlogOfAgents('rejected', id, agent);
  return agent === undefined ? [ofAgents, backlogOfUnreadable(id)] : [ofAgents];
}

/** Batches that Lambda put aside are of many agents, and of none that was rejected. */
function wantsOnFailure({ request: { agent, rejected } }: RedriveRun): boolean {
  return agent === undefined && !rejected;
}

async function lookAll(tallies: Tallies, run: RedriveRun): Promise<OnFailure> {
  let unknown = 0;
  const [trouble] = await Promise.all([
    guardedOnFailure(run, async () => {
      unknown = await previewOnFailure(tallies, run);
    }),
    ...[...tallies.values()].map((tally) =>
      guarded(tally, run, () => previewOwn(tally, backlogsOf(tally.id, run), run)),
    ),
  ]);
  return { unknown, ...trouble };
}
