import { MAX_KEYS, type Version } from '../../../shared/parking/bucket.ts';
import { parseWaitingObject } from '../../../shared/parking/waiting-object.ts';
import type { Tally } from '../base/result.ts';
import type { RedriveRun } from '../base/run-context.ts';
import type { Fate } from './event.ts';
import type { Parcel } from './parcels.ts';
import { linesIn } from './records.ts';

export interface SettleContext {
  readonly run: RedriveRun;
  readonly tally: Tally;
}

/**
 * Removes the objects that were dealt with, and out of others what was; returns the keys of both. A version that a function has written meanwhile,
 * as it repeats a batch, stays as it is: it may hold more than was sent.
 */
export async function settle(
  parcels: readonly Parcel[],
  fates: readonly Fate[],
  { run, tally }: SettleContext,
): Promise<ReadonlySet<string>> {
  const gone: Parcel[] = [];
  const moved = new Set<string>();
  for (const [i, parcel] of parcels.entries()) {
    const fate = fates[i];
    if (fate?.kind === 'delivered') gone.push(parcel);
    if (fate?.kind === 'left' && (await keep(parcel, fate, { run, tally }))) moved.add(parcel.key);
  }
  const kept = await removeAll(gone, run);
  const lines = gone.reduce((sum, parcel) => sum + parcel.lines, 0);
  tally.add({ lines, cleared: gone.length - kept.size });
  for (const { key } of gone) moved.add(key);
  return moved;
}

async function removeAll(versions: readonly Version[], { bucket }: RedriveRun): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  for (let at = 0; at < versions.length; at += MAX_KEYS) {
    for (const key of await bucket.deleteAll(versions.slice(at, at + MAX_KEYS))) kept.add(key);
  }
  return kept;
}

/** Of an object of which some records are delivered, the others stay; false if none is. */
async function keep(
  { key, etag, body, lines }: Parcel,
  { records: places }: Extract<Fate, { kind: 'left' }>,
  { run, tally }: SettleContext,
): Promise<boolean> {
  const object = places === undefined || body === undefined ? undefined : parseWaitingObject(body);
  const records = places?.flatMap((place) => object?.records[place] ?? []) ?? [];
  if (object === undefined || records.length === 0 || records.length >= object.records.length) {
    tally.add({ failed: 1, failedLines: lines });
    return false;
  }
  const linesLeft = linesIn(records);
  tally.add({ failed: 1, failedLines: linesLeft, lines: Math.max(0, lines - linesLeft) });
  await run.bucket.put(key, object.body({ records, lines: linesLeft }), { etag });
  return true;
}
