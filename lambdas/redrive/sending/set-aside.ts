import { type Folder, newFolder } from '../agents/folders.ts';
import type { Work } from './send.ts';

/** Moves all objects of the agent up to this key to `parked-later/`, where they are in nobody's way. */
export async function clearTheWay(folder: Folder, upTo: string, work: Work): Promise<void> {
  const { bucket } = work.run;
  for (let after = folder.after; ; ) {
    const { objects, isLast } = await bucket.list({ prefix: folder.prefix, after });
    const keys = objects.flatMap(({ key }) => (key <= upTo ? [key] : []));
    await setAside(folder, keys, work);
    after = objects.at(-1)?.key;
    if (isLast || keys.length < objects.length || after === undefined) return;
  }
}

/** Moves these objects of the agent out of the way of its others. Written before they are removed. */
export async function setAside(folder: Folder, keys: readonly string[], work: Work): Promise<void> {
  const { run, tally, agents } = work;
  const { bucket, destination, log } = run;
  if (keys.length === 0 || folder.kind !== 'parked') return;
  const later = newFolder('parked-later', destination, folder.agentId).prefix;
  const moved = await Promise.all(
    keys.map(async (key) => {
      const stored = await bucket.get(key);
      if (stored === undefined) return [];
      const name = `${later}${key.slice(folder.prefix.length)}`;
      const isNew = (await bucket.put(name, stored.body, { absent: true })) !== undefined;
      // Moved before by a run that died, or else another object, which must not be lost: then this one stays.
      const isThere = isNew || (await bucket.get(name))?.body === stored.body;
      return isThere ? [{ key, etag: stored.etag }] : [];
    }),
  );
  const kept = await bucket.deleteAll(moved.flat());
  const objects = moved.flat().length - kept.size;
  tally.add({ setAside: objects });
  agents.found('parked-later', folder.agentId);
  const reason = folder.reason ?? 'failed-alone';
  log('warn', 'objects_set_aside', {
    destination,
    agent: folder.agentId,
    reason,
    objects,
    key: keys[0] ?? '',
  });
}
