import {
  type Backlog,
  backlogOfAgents,
  backlogOfUnreadable,
  ON_FAILURE_BACKLOG,
  positioned,
} from '../../shared/parking/backlog.ts';
import { parseWaitingObject } from '../../shared/parking/waiting-object.ts';
import type { Tally } from './base/result.ts';
import type { RedriveRun } from './base/run-context.ts';
import { destinationOf } from './lanes/batches.ts';

/** Objects that are counted, for each kind; a listing of as many takes some seconds. */
const MAX_COUNTED = 20_000;

/** Counts what a run would try, without a lease. Returns the number of batches that are of none of our functions. */
export async function preview(run: RedriveRun, tally: Tally): Promise<number> {
  for (const backlog of backlogsOf(run)) await count(backlog, run, tally);
  const { agent, rejected } = run.request;
  return agent === undefined && !rejected ? countBatches(run, tally) : 0;
}

function backlogsOf({ destination, request }: RedriveRun): readonly Backlog[] {
  const { agent, rejected } = request;
  if (!rejected) {
    return (['parked', 'parked-later'] as const).map((kind) => backlogOfAgents(kind, destination, agent));
  }
  const ofAgents = backlogOfAgents('rejected', destination, agent);
  return agent === undefined ? [ofAgents, backlogOfUnreadable(destination)] : [ofAgents];
}

async function count(backlog: Backlog, run: RedriveRun, tally: Tally): Promise<void> {
  const { sinceMs = 0 } = run.request;
  let counted = 0;
  for await (const { atMs, bytes } of positioned(run.bucket, backlog)) {
    counted += 1;
    if (counted > MAX_COUNTED) return tally.isMore();
    if (atMs < sinceMs) continue;
    tally.add({ objects: 1, bytes });
    tally.remains(atMs);
  }
}

/** Reads one batch of each mapping. */
async function countBatches(run: RedriveRun, tally: Tally): Promise<number> {
  const { prefix } = ON_FAILURE_BACKLOG;
  const { sinceMs = 0 } = run.request;
  let unknown = 0;
  for await (const mapping of run.bucket.folders(prefix)) {
    const backlog = { ...ON_FAILURE_BACKLOG, prefix: `${prefix}${mapping}/` };
    const { objects } = await run.bucket.list({ prefix: backlog.prefix, limit: 1 });
    const stored = objects[0] && (await run.bucket.get(objects[0].key));
    const arn = stored && parseWaitingObject(stored.body)?.functionArn;
    const owner = arn === undefined ? undefined : destinationOf(arn, run);
    if (owner === undefined) unknown += 1;
    if (owner !== run.destination) continue;
    for await (const { atMs, bytes } of positioned(run.bucket, backlog)) {
      if (atMs < sinceMs) continue;
      tally.add({ objects: 1, bytes, onFailure: 1 });
      tally.remains(atMs);
    }
  }
  return unknown;
}
