import type { Bucket, Listed } from '../../../shared/parking/bucket.ts';
import type { Folder } from './folders.ts';
import { listOwn } from './position.ts';

/** The object that an agent is tried with. */
export interface Candidate {
  readonly folder: Folder;
  readonly listed: Listed;
  /** Nothing is behind it. */
  readonly isLast: boolean;
}

/**
 * How far behind the object that failed last the next one is taken, by the number of failures. An agent in trouble fails
 * with any; where objects are bad, even thousands, one behind them is soon found. In between only the first is asked for.
 */
const REACH = [0, 1, 32, 1_000, 1_000, 1_000, 0, 0, 0, 0, 0, 0];

function reachOf({ kind, failures, tried }: Folder): number {
  if (tried === undefined) return 0;
  // What failed alone is gone through one by one.
  return kind === 'parked-later' ? 1 : (REACH[failures % REACH.length] ?? 0);
}

/** Which object of a folder is to be tried alone; undefined if it is empty, `closed` if a gap has no more between its ends. */
export async function candidateOf(folder: Folder, bucket: Bucket): Promise<Candidate | 'closed' | undefined> {
  const { gap, after } = folder;
  if (gap !== undefined) {
    const { objects } = await listOwn(folder, bucket, { after: gap.low });
    const between = objects.filter(({ key }) => key < gap.high);
    const listed = between[between.length >> 1];
    return listed === undefined ? 'closed' : { folder, listed, isLast: false };
  }
  const reach = reachOf(folder);
  if (reach > 0) {
    const { objects, isLast } = await listOwn(folder, bucket, { after: folder.tried, limit: reach });
    const listed = objects.at(-1);
    if (listed !== undefined) return { folder, listed, isLast };
  }
  folder.tried = undefined;
  if (folder.head !== undefined) return { folder, listed: folder.head, isLast: false };
  const { objects, isLast } = await listOwn(folder, bucket, { after, limit: 1 });
  const [listed] = objects;
  folder.head = listed;
  return listed && { folder, listed, isLast };
}
