import { backlogOfAgents, backlogOfUnreadable } from '../../../shared/parking/backlog.ts';
import type { Bucket, KeyPage, ListQuery } from '../../../shared/parking/bucket.ts';
import type { Folder } from './folders.ts';

/** When the object of this key arrived, epoch ms; undefined for a key that is none of ours. */
function arrivedMs({ kind, agentId, prefix }: Folder, key: string): number | undefined {
  const destination = prefix.split('/')[1] ?? '';
  const backlog =
    kind === 'unreadable' ? backlogOfUnreadable(destination) : backlogOfAgents(kind, destination, agentId);
  return backlog.positionOf(key)?.atMs;
}

/**
 * One page of a folder's objects, as `Bucket.list`; keys that are none of ours are left out, and a page of nothing else is
 * passed over.
 */
export async function listOwn(
  folder: Folder,
  bucket: Bucket,
  { after, limit }: Omit<ListQuery, 'prefix'>,
): Promise<KeyPage> {
  let query: ListQuery = { prefix: folder.prefix, after, limit };
  for (;;) {
    const { objects, isLast } = await bucket.list(query);
    const own = objects.filter(({ key }) => arrivedMs(folder, key) !== undefined);
    const last = objects.at(-1)?.key;
    if (own.length > 0 || isLast || last === undefined) return { objects: own, isLast };
    query = { prefix: folder.prefix, after: last };
  }
}

/** This is the oldest object that is seen in the folder now. */
export function noteOldest(folder: Folder, key: string | undefined): void {
  folder.oldestMs = (key === undefined ? undefined : arrivedMs(folder, key)) ?? folder.oldestMs;
}
