import { memoryKey, readMemory } from '../../lambdas/redrive/agents/memory.ts';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import {
  type AgentKind,
  type Backlog,
  backlogOfAgents,
  backlogOfUnreadable,
  ON_FAILURE_BACKLOG,
  positioned,
} from '../../shared/parking/backlog.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import { createS3Bucket } from '../../shared/parking/s3-bucket.ts';
import { callAws } from '../base/aws.ts';
import type { Kind } from './kinds.ts';

export interface AsideObject {
  readonly kind: Kind;
  readonly key: string;
  readonly bytes: number;
  /** Absent for `expired`: the object tells. */
  readonly destination?: DestinationId;
  /** Absent for `unreadable` and `expired`. */
  readonly agent?: string;
  /** When its first line arrived, epoch ms. */
  readonly arrivedMs: number;
}

export interface Wanted {
  readonly kinds: readonly Kind[];
  readonly destination?: DestinationId | undefined;
  readonly agent?: string | undefined;
  readonly sinceMs?: number | undefined;
}

/** Objects that are listed of a kind and destination: a backlog may be of millions, and a listing takes a second for 10,000. */
export const MAX_LISTED = 50_000;

/** What is in the parking bucket, by kind and destination; of each the first `MAX_LISTED`. */
export async function* asideObjects(bucketName: string, wanted: Wanted): AsyncGenerator<AsideObject> {
  const bucket = createS3Bucket(bucketName, undefined);
  const purpose = { what: `list the bucket ${bucketName}`, action: 's3:ListBucket' };
  for (const { backlog, kind, destination } of foldersOf(wanted)) {
    const objects = positioned(bucket, backlog)[Symbol.asyncIterator]();
    for (let listed = 0; listed < MAX_LISTED; listed += 1) {
      const { value, done } = await callAws(purpose, () => objects.next());
      if (done === true) break;
      const { key, bytes, group, atMs } = value;
      if (atMs < (wanted.sinceMs ?? 0)) continue;
      const hasAgent = kind === 'parked' || kind === 'rejected';
      yield {
        kind,
        key,
        bytes,
        ...(destination === undefined ? {} : { destination }),
        ...(hasAgent ? { agent: group } : {}),
        arrivedMs: atMs,
      };
    }
  }
}

interface Folder {
  readonly kind: Kind;
  readonly backlog: Backlog;
  readonly destination?: DestinationId;
}

function foldersOf({ kinds, destination: only, agent }: Wanted): readonly Folder[] {
  const ids = MANIFESTS.map(({ id }) => id).filter((id) => id === (only ?? id));
  return kinds.flatMap((kind): readonly Folder[] => {
    if (kind === 'parked' || kind === 'rejected') {
      const folders: readonly AgentKind[] = kind === 'parked' ? ['parked', 'parked-later'] : ['rejected'];
      return ids.flatMap((destination) =>
        folders.map((folder) => ({
          kind,
          destination,
          backlog: backlogOfAgents(folder, destination, agent),
        })),
      );
    }
    // These are of no single agent.
    if (agent !== undefined) return [];
    if (kind === 'expired') return only === undefined ? [{ kind, backlog: ON_FAILURE_BACKLOG }] : [];
    return ids.map((destination) => ({ kind, destination, backlog: backlogOfUnreadable(destination) }));
  });
}

/** One object's text; undefined if there is none of that key. */
export async function readAside(bucketName: string, key: string): Promise<string | undefined> {
  const bucket: Bucket = createS3Bucket(bucketName, undefined);
  const purpose = { what: `read ${key} in the bucket ${bucketName}`, action: 's3:GetObject' };
  return (await callAws(purpose, () => bucket.get(key)))?.body;
}

/** An agent whose parked lines redrive could not deliver when it last tried. */
export interface FailingAgent {
  readonly agentId: string;
  /** Redrive's own code. */
  readonly reason: string;
  readonly failures: number;
  /** Epoch ms. */
  readonly triedMs: number;
  /** Its objects failed alone and are tried after its others. */
  readonly isLater: boolean;
}

export async function failingAgents(
  bucketName: string,
  destination: string,
): Promise<readonly FailingAgent[]> {
  const body = await readAside(bucketName, memoryKey(destination));
  return readMemory(destination, body).flatMap(({ kind, agentId, reason, failures, triedMs }) =>
    reason !== undefined && (kind === 'parked' || kind === 'parked-later')
      ? [{ agentId, reason, failures, triedMs, isLater: kind === 'parked-later' }]
      : [],
  );
}
