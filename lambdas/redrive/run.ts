import { randomUUID } from 'node:crypto';
import type { DestinationId } from '../registry.ts';
import type { RedriveRequest } from './base/request.ts';
import { createTally, type DestinationResult, type RedriveResult } from './base/result.ts';
import { beginRun, type RedriveContext, type RedriveRun } from './base/run-context.ts';
import { runDestination } from './destination-run.ts';
import { takeLease } from './lease.ts';
import { preview } from './preview.ts';

/** What a run began may go on after its own end: the function that it invoked. */
const AFTERMATH_MS = 90_000;

/**
 * Sends what waits in the bucket again, for one destination after the other: the schedule starts a run for each. Never
 * throws for what the bucket, a function or an object can do.
 */
export async function redrive(request: RedriveRequest, context: RedriveContext): Promise<RedriveResult> {
  const { clock, functions } = context;
  const startedMs = request.startedMs ?? clock.now();
  const ids = [...functions].filter(([id]) => id === (request.destination ?? id));
  const destinations: [DestinationId, DestinationResult][] = [];
  let unknown = 0;
  for (const [i, [destination, functionName]] of ids.entries()) {
    const shareMs = (context.deadlineMs - clock.now()) / (ids.length - i);
    const untilMs = clock.now() + shareMs;
    const run = beginRun({ destination, functionName, request, untilMs }, context);
    const done = await one(run);
    destinations.push([destination, done.result]);
    unknown = Math.max(unknown, done.unknown);
  }
  return {
    startedMs,
    destinations: Object.fromEntries(destinations),
    unknown,
    notDeployed: await notDeployed(request, context),
  };
}

interface Done {
  readonly result: DestinationResult;
  readonly unknown: number;
}

async function one(run: RedriveRun): Promise<Done> {
  const tally = createTally();
  try {
    if (run.request.dryRun) return { unknown: await preview(run, tally), result: tally.result('done') };
    const expiresMs = run.deadlineMs + AFTERMATH_MS;
    const options = { destination: run.destination, owner: randomUUID(), nowMs: run.clock.now(), expiresMs };
    const lease = await takeLease(run.bucket, options);
    if (lease === undefined) return { unknown: 0, result: tally.result('busy') };
    try {
      const { unknown, isUnfinished } = await runDestination(run, tally);
      const reason = run.ended();
      const state = reason === undefined ? (isUnfinished ? 'unfinished' : 'done') : 'unavailable';
      return { unknown, result: tally.result(state, reason) };
    } finally {
      await lease.release().catch(() => undefined);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown';
    run.log('error', 'bucket_failed', { destination: run.destination, reason });
    return { unknown: 0, result: tally.result('unavailable', reason) };
  }
}

/** Destinations of which lines are parked and that have no function. Of the runs for one destination each, the first tells. */
async function notDeployed(request: RedriveRequest, context: RedriveContext): Promise<readonly string[]> {
  const { bucket, functions, log } = context;
  const [first] = functions.keys();
  if (request.destination !== undefined && request.destination !== first) return [];
  const deployed = new Set<string>(functions.keys());
  const found: string[] = [];
  try {
    for await (const id of bucket.folders('parked/')) if (!deployed.has(id)) found.push(id);
  } catch {
    // The runs have told of the bucket's trouble.
    return [];
  }
  if (found.length > 0) log('error', 'destination_not_deployed', { destinations: found });
  return found;
}
