import type { Agents } from '../agents/agents.ts';
import type { Courier } from './courier.ts';
import { type Fate, left } from './event.ts';
import { type Found, fetchParcel, type Parcel } from './parcels.ts';
import { type SettleContext, settle } from './settle.ts';

/** What the lanes of a run work with. */
export interface Work extends SettleContext {
  readonly agents: Agents;
  readonly courier: Courier;
}

/** What came of an object, and whether some of it was dealt with. */
export interface Outcome {
  readonly parcel: Parcel;
  readonly fate: Fate;
  readonly progress: boolean;
}

/** Reads the objects, sends them in one event and settles them. Those that are gone meanwhile are left out. */
export async function sendFound(found: readonly Found[], work: Work): Promise<readonly Outcome[]> {
  const { run, tally, courier } = work;
  tally.add({ objects: found.length, bytes: found.reduce((sum, { listed }) => sum + listed.bytes, 0) });
  const fetched = await Promise.all(found.map((one) => fetchParcel(one, run.bucket)));
  const parcels = fetched.filter((parcel) => parcel !== undefined);
  const readable = parcels.filter(({ body }) => body !== undefined);
  const fates = await courier.deliver(readable);
  const dealt = await settle(readable, fates, work);
  const byKey = new Map(readable.map(({ key }, i) => [key, fates[i]]));
  return parcels.map((parcel) => {
    if (parcel.body === undefined) run.log('error', 'object_unreadable', { key: parcel.key });
    const fate = byKey.get(parcel.key) ?? left('garbled');
    // A parked one is moved, and counted where it then is.
    const isGarbled = fate.kind === 'left' && fate.reason === 'garbled';
    if (isGarbled && parcel.folder.kind !== 'parked') tally.add({ garbled: 1 });
    return { parcel, fate, progress: dealt.has(parcel.key) };
  });
}
