import * as z from 'zod';
import { parseWaitingObject } from '../../../shared/parking/waiting-object.ts';
import type { Parcel } from './parcels.ts';

/** What came of an object in one event. */
export type Fate =
  | { readonly kind: 'delivered' }
  /** `records`: places of those that are left; undefined: all of them. */
  | { readonly kind: 'left'; readonly records: readonly number[] | undefined; readonly reason: string }
  /** No fault of its own: nothing is known of it. */
  | { readonly kind: 'untried' };

export const DELIVERED: Fate = { kind: 'delivered' };
export const UNTRIED: Fate = { kind: 'untried' };

export function left(reason: string, records?: readonly number[]): Fate {
  return { kind: 'left', records, reason };
}

/** JSON. An object alone is an event as it is, which functions of every version take. */
export function payloadOf(parcels: readonly Parcel[]): string {
  const [first] = parcels;
  if (parcels.length === 1) return first?.body ?? '';
  const rejected = first?.folder.kind === 'rejected' || first?.folder.kind === 'unreadable';
  return `{"redrive":true,${rejected ? '"rejected":true,' : ''}"objects":[${parcels.map(({ body }) => body).join(',')}]}`;
}

const place = z.int().min(0);
const report = z.looseObject({
  undelivered: z.array(z.looseObject({ object: place, records: z.array(place), reason: z.string().max(64) })),
});
const earlierReport = z.looseObject({
  batchItemFailures: z.array(z.looseObject({ itemIdentifier: z.string() })),
});

/** The objects' fates by the function's report; undefined for a report that does not fit the event. */
export function fatesOf(value: unknown, parcels: readonly Parcel[]): readonly Fate[] | undefined {
  const { data } = report.safeParse(value);
  if (data === undefined) return earlierFates(value, parcels);
  const fates: Fate[] = parcels.map(() => DELIVERED);
  for (const { object, records, reason } of data.undelivered) {
    if (object >= parcels.length) return undefined;
    fates[object] = left(reason, reason === 'garbled' ? undefined : records);
  }
  return fates;
}

/** A function of before such reports, as there may be during a deployment, names the first record that is left. */
function earlierFates(value: unknown, parcels: readonly Parcel[]): readonly Fate[] | undefined {
  const { data } = earlierReport.safeParse(value);
  const [parcel] = parcels;
  if (data === undefined || parcels.length !== 1 || parcel?.body === undefined) return undefined;
  if (data.batchItemFailures.length === 0) return [DELIVERED];
  const records = parseWaitingObject(parcel.body)?.records ?? [];
  const places = data.batchItemFailures.map(({ itemIdentifier }) =>
    records.findIndex(({ kinesis }) => kinesis.sequenceNumber === itemIdentifier),
  );
  const first = Math.min(...places);
  if (first < 0) return undefined;
  return [left('not-delivered', [...records.keys()].slice(first))];
}
