import { type Backlog, oldestFirst, type Waiting } from '../../shared/parking/backlog.ts';
import { parseWaitingObject, type WaitingObject } from '../../shared/parking/waiting-object.ts';
import type { Tally } from './result.ts';
import { rewriteObject } from './rewrite-object.ts';
import type { RedriveRun } from './run-context.ts';
import { sendObject } from './send.ts';

/** Whose an object is, and who takes it. */
export interface Target {
  readonly tally: Tally;
  readonly functionName: string;
}

/** One backlog and what is known of its objects. */
export interface BacklogPlan {
  readonly backlog: Backlog;
  /** A failure makes the rest of its group wait: that of an agent's service does, that of a rejected line does not. */
  readonly failuresHold: boolean;
  /** Told of each object that there is at the beginning. */
  readonly found: (waiting: Waiting) => void;
  /** Undefined: it is nobody's here, and stays. */
  readonly targetOf: (object: WaitingObject, waiting: Waiting) => Target | undefined;
  /** Told of an object that cannot be read; it stays. */
  readonly garbled: (waiting: Waiting) => void;
  /** Told of the first object that there was no time for. */
  readonly unfinished: (waiting: Waiting) => void;
  /** Nothing more can be sent. */
  readonly ended: () => boolean;
}

/** Failures of one group in one run, whatever they are. */
const MAX_FAILURES = 5;

/**
 * Goes through a backlog, oldest first. An object that fails for the first time holds its group until the next
 * run. One that failed before does not: the object after it tells whether the service is down or that object bad.
 */
export async function redriveBacklog(plan: BacklogPlan, run: RedriveRun): Promise<void> {
  const { sinceMs = 0 } = run.request;
  const held = new Set<string>();
  const failures = new Map<string, number>();

  function noteFailure({ group }: Waiting, { tries }: WaitingObject): void {
    const count = (failures.get(group) ?? 0) + 1;
    failures.set(group, count);
    const failedBefore = tries !== undefined && tries.attempt > 0;
    if (plan.failuresHold && (!failedBefore || count >= MAX_FAILURES)) held.add(group);
  }

  const waitings = oldestFirst(run.bucket, plan.backlog, {
    wanted: ({ atMs, group }) => atMs >= sinceMs && !held.has(group),
    found: plan.found,
  });
  for await (const waiting of waitings) {
    if (plan.ended()) return;
    if (held.has(waiting.group)) continue;
    if (!run.mayBegin()) {
      plan.unfinished(waiting);
      return;
    }
    const tried = await tryOne(waiting, plan, run);
    if (tried.kind === 'failed') noteFailure(waiting, tried.object);
    if (tried.kind === 'waits' && plan.failuresHold) held.add(waiting.group);
  }
}

type Tried =
  | { readonly kind: 'passed-over' | 'waits' | 'went-well' }
  | { readonly kind: 'failed'; readonly object: WaitingObject };

async function tryOne(waiting: Waiting, plan: BacklogPlan, run: RedriveRun): Promise<Tried> {
  const stored = await run.bucket.get(waiting.key);
  // Gone since it was listed.
  if (stored === undefined) return { kind: 'passed-over' };
  const object = parseWaitingObject(stored.body);
  if (object === undefined) {
    plan.garbled(waiting);
    return { kind: 'passed-over' };
  }
  const target = plan.targetOf(object, waiting);
  if (target === undefined) return { kind: 'passed-over' };
  const { tally, functionName } = target;
  if (tally.ended() || !isDue(object, run)) {
    tally.remains(waiting.atMs);
    return { kind: triedBefore(object, run) ? 'passed-over' : 'waits' };
  }
  run.begun();
  const { invoke, remainingMs, hasTime, maxPayloadBytes: maxBytes } = run;
  const sent = await sendObject(object, { invoke, functionName, remainingMs, hasTime, maxBytes });
  if (sent.unavailable !== undefined) tally.end('unavailable', sent.unavailable);
  const isGone = await rewriteObject(sent, { key: waiting.key, etag: stored.etag, object, tally, run });
  if (!isGone) tally.remains(waiting.atMs);
  return sent.failure === undefined ? { kind: 'went-well' } : { kind: 'failed', object };
}

function isDue({ tries }: WaitingObject, { request, startedMs, clock }: RedriveRun): boolean {
  if (tries === undefined) return true;
  return request.now ? tries.triedMs < startedMs : tries.nextMs <= clock.now();
}

/** In a run that is gone on with: it failed as it did before the run, and did not hold its group then either. */
function triedBefore({ tries }: WaitingObject, { request }: RedriveRun): boolean {
  return request.now && tries !== undefined && tries.attempt > 1;
}
