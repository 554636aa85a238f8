import type { WaitingObject } from '../../shared/parking/waiting-object.ts';
import { linesIn } from './records.ts';
import type { Tally } from './result.ts';
import { triedAgain } from './retry-schedule.ts';
import type { RedriveRun } from './run-context.ts';
import type { Sent } from './send.ts';

export interface Settling {
  readonly key: string;
  /** The version that was sent. */
  readonly etag: string;
  readonly object: WaitingObject;
  readonly tally: Tally;
  readonly run: RedriveRun;
}

/**
 * Removes the object, or what was dealt with out of it; true if it is gone. A version that a function has written
 * meanwhile, as it repeats a batch, stays as it is: it may hold more than was sent.
 */
export async function rewriteObject(
  { left, failure, unavailable }: Sent,
  { key, etag, object, tally, run }: Settling,
): Promise<boolean> {
  const { bucket, clock } = run;
  const lines = object.lines ?? linesIn(object.records);
  if (left.length === 0) {
    const isGone = await bucket.delete(key, etag);
    tally.add({ lines, cleared: isGone ? 1 : 0 });
    return isGone;
  }
  const progress = left.length < object.records.length;
  const linesLeft = progress ? linesIn(left) : lines;
  tally.add({ lines: Math.max(0, lines - linesLeft) });
  const reason = failure ?? unavailable;
  if (reason !== undefined) {
    tally.add({ failed: 1, failedLines: linesLeft });
    run.log('warn', 'redrive_failed', { destination: tally.id, key, reason, lines: linesLeft });
  }
  if (!progress && failure === undefined) return false;
  const tries =
    failure === undefined
      ? object.tries
      : triedAgain({ before: object.tries, progress, nowMs: clock.now(), random: clock.random });
  await bucket.put(key, object.rewritten({ records: left, lines: linesLeft, tries }), { etag });
  return false;
}
