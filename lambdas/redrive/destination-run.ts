import { keyBefore } from '../../shared/parking/backlog.ts';
import { isAgentId } from '../../shared/record/ids.ts';
import { createAgents } from './agents/agents.ts';
import { type Folder, type FolderKind, isPassedThrough } from './agents/folders.ts';
import { type Memory, openMemory } from './agents/memory.ts';
import { boundedBucket } from './base/bounded-bucket.ts';
import type { Tally } from './base/result.ts';
import type { RedriveRun } from './base/run-context.ts';
import { createBatches } from './lanes/batches.ts';
import { lanesOf } from './lanes/lanes.ts';
import { workOff } from './lanes/work-off.ts';
import { createCourier } from './sending/courier.ts';
import type { Work } from './sending/send.ts';

/** Requests to S3, and events of each kind, side by side: more of them pass 256 MB of memory. */
const MAX_REQUESTS = 16;
const MAX_EVENTS = 4;
/** Why something is left that had no turn. */
const NOT_TRIED = 'not-tried';
/** Agents that are named in one log line. */
const MAX_NAMES = 20;

/** What is left when a run ends. */
export interface Leftover {
  readonly unknown: number;
  /** Something was not tried. */
  readonly isUnfinished: boolean;
}

/** Sends what is parked for one destination, until nothing is left that can be sent now, or time is over. */
export async function runDestination(outer: RedriveRun, tally: Tally): Promise<Leftover> {
  const run = { ...outer, bucket: boundedBucket(outer.bucket, MAX_REQUESTS) };
  const memory = await openMemory(run.bucket, run.destination);
  const agents = createAgents({ destination: run.destination, prepare: (folder) => prepare(folder, run) });
  const work: Work = { run, tally, agents, courier: createCourier(run, MAX_EVENTS) };
  const resting = recall(memory, work);
  const batches = isForAll(run) && !run.request.rejected ? createBatches(work) : undefined;
  const save = async (): Promise<void> => {
    if (run.request.sinceMs === undefined) await memory.save([...resting, ...agents.all()]);
  };
  const lanes = lanesOf(work, { batches, save, findAgents: () => findAgents(work) });
  await workOff(lanes.all, { clock: run.clock, nextMs: agents.nextDueMs });
  await save();
  const isUnfinished = sumUp(work) || !lanes.isThrough();
  const trouble = lanes.trouble();
  if (isUnfinished && trouble !== undefined) run.end(trouble);
  return { unknown: batches?.unknown() ?? 0, isUnfinished };
}

function isForAll({ request }: RedriveRun): boolean {
  return request.agent === undefined;
}

function kindsOf({ request }: RedriveRun): readonly FolderKind[] {
  return request.rejected ? ['rejected', 'unreadable'] : ['parked', 'parked-later'];
}

/** Where this run begins in a folder. */
function prepare(folder: Folder, { request, startedMs, clock }: RedriveRun): void {
  const isGoneOnWith = request.startedMs !== undefined && folder.triedMs >= startedMs;
  folder.nextMs = isGoneOnWith && folder.failures > 0 ? Infinity : clock.now();
  if (isPassedThrough(folder) && !isGoneOnWith) [folder.failures, folder.after] = [0, undefined];
  if (isPassedThrough(folder)) folder.triedMs = clock.now();
  if (request.sinceMs === undefined) return;
  folder.after ??= keyBefore(folder.prefix, request.sinceMs);
  folder.head = undefined;
}

/** Returns what is known of agents that this run is not about. */
function recall(memory: Memory, { run, agents }: Work): readonly Folder[] {
  const kinds = kindsOf(run);
  const { agent } = run.request;
  const isAbout = (folder: Folder): boolean =>
    kinds.includes(folder.kind) && (agent === undefined || folder.agentId === agent);
  for (const folder of memory.folders) if (isAbout(folder)) agents.remembered(folder);
  return memory.folders.filter((folder) => !isAbout(folder));
}

async function findAgents({ run, agents }: Work): Promise<void> {
  const { bucket, destination, request } = run;
  for (const kind of kindsOf(run)) {
    if (kind === 'unreadable') {
      if (request.agent === undefined) agents.found(kind, '');
    } else if (request.agent !== undefined) {
      agents.found(kind, request.agent);
    } else {
      for await (const id of bucket.folders(`${kind}/${destination}/`))
        if (isAgentId(id)) agents.found(kind, id);
    }
  }
}

/** Tells of the agents that have something left; true if something was not tried. */
function sumUp({ run, tally, agents }: Work): boolean {
  const byReason = new Map<string, string[]>();
  for (const folder of agents.all()) {
    const why = folder.reason ?? (folder.kind === 'parked-later' ? 'failed-alone' : NOT_TRIED);
    byReason.set(why, [...(byReason.get(why) ?? []), folder.agentId]);
    tally.waits(why);
    if (folder.oldestMs !== undefined) tally.remains(folder.oldestMs);
  }
  for (const [reason, ids] of byReason) {
    if (reason === NOT_TRIED) continue;
    const some = ids.slice(0, MAX_NAMES);
    run.log('warn', 'redrive_failed', { destination: run.destination, reason, agents: ids.length, some });
  }
  return byReason.has(NOT_TRIED);
}
