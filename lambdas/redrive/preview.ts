import { type Backlog, ON_FAILURE_BACKLOG, positioned } from '../../shared/parking/backlog.ts';
import { parseWaitingObject } from '../../shared/parking/waiting-object.ts';
import type { DestinationId } from '../registry.ts';
import { destinationOf } from './on-failure-plan.ts';
import type { Tally } from './result.ts';
import type { RedriveRun } from './run-context.ts';

/** Counts what a run would try, without a lease. */
export async function previewOwn(tally: Tally, backlogs: readonly Backlog[], run: RedriveRun): Promise<void> {
  const { sinceMs = 0 } = run.request;
  for (const backlog of backlogs) {
    for await (const { atMs, bytes } of positioned(run.bucket, backlog)) {
      if (atMs < sinceMs) continue;
      tally.add({ objects: 1, bytes });
      tally.remains(atMs);
    }
  }
}

/** The same for the batches that Lambda put aside. Reads one per mapping; returns the number of those that are nobody's. */
export async function previewOnFailure(
  tallies: ReadonlyMap<DestinationId, Tally>,
  run: RedriveRun,
): Promise<number> {
  const { sinceMs = 0 } = run.request;
  const owners = new Map<string, DestinationId | undefined>();
  let unknown = 0;
  for await (const { key, group, atMs, bytes } of positioned(run.bucket, ON_FAILURE_BACKLOG)) {
    if (atMs < sinceMs) continue;
    if (!owners.has(group)) owners.set(group, await ownerOf(key, run));
    const id = owners.get(group);
    const tally = id && tallies.get(id);
    if (id === undefined) unknown += 1;
    tally?.add({ objects: 1, bytes, onFailure: 1 });
    tally?.remains(atMs);
  }
  return unknown;
}

async function ownerOf(key: string, run: RedriveRun): Promise<DestinationId | undefined> {
  const stored = await run.bucket.get(key);
  const arn = stored && parseWaitingObject(stored.body)?.functionArn;
  return arn === undefined ? undefined : destinationOf(arn, run);
}
