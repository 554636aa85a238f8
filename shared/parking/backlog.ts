import type { Bucket, Listed } from './bucket.ts';
import { readAgentKey, readUnreadableKey } from './object-key.ts';

/** Where an object stands in its backlog. */
export interface BacklogPosition {
  /** What waits together after a failure: an agent, or a mapping. */
  readonly group: string;
  /** When its first line arrived, epoch ms. */
  readonly atMs: number;
}

export interface Waiting extends Listed, BacklogPosition {}

/** One folder of the bucket. */
export interface Backlog {
  readonly prefix: string;
  /** Undefined for a key that none of us made. */
  readonly positionOf: (key: string) => BacklogPosition | undefined;
}

/** `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>`: docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
const ON_FAILURE = /^aws\/lambda\/([\w-]+)\/[\x21-\x7e]+$/;
const SECOND = /\/(\d{4}-\d\d-\d\d)T(\d\d)\.(\d\d)\.(\d\d)/;

/** `parked/` or `rejected/` of a destination, or of one agent of it. */
export function backlogOfAgents(kind: 'parked' | 'rejected', destination: string, agentId?: string): Backlog {
  return {
    prefix: `${kind}/${destination}/${agentId === undefined ? '' : `${agentId}/`}`,
    positionOf: (key) => {
      const read = readAgentKey(key);
      return read && { group: read.agentId, atMs: read.arrivalMs };
    },
  };
}

/** Records that no function could read, of a destination. */
export function backlogOfUnreadable(destination: string): Backlog {
  return {
    prefix: `unreadable/${destination}/`,
    positionOf: (key) => {
      const atMs = readUnreadableKey(key);
      return atMs === undefined ? undefined : { group: '', atMs };
    },
  };
}

/** Batches that Lambda put aside, of all destinations: keys of its own choice, so little is asked of them. */
export const ON_FAILURE_BACKLOG: Backlog = {
  prefix: 'aws/lambda/',
  positionOf: (key) => {
    const group = ON_FAILURE.exec(key)?.[1];
    if (group === undefined) return undefined;
    const [, day, hours, minutes, seconds] = SECOND.exec(key) ?? [];
    const atMs = day === undefined ? 0 : Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
    return { group, atMs: Number.isNaN(atMs) ? 0 : atMs };
  },
};

/** Keys kept at a time, however many there are. */
const WINDOW = 1_000;

export interface OldestFirst {
  /** Asked of each object when its window is listed. */
  readonly wanted: (waiting: Waiting) => boolean;
  /** Told of each wanted object that there is at the beginning. */
  readonly found?: (waiting: Waiting) => void;
}

function byAge(a: Waiting, b: Waiting): number {
  return a.atMs - b.atMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/**
 * A backlog's objects, oldest first across all groups. The listing is in the order of keys, which begin with
 * the group, so it is gone through again for each thousand objects.
 */
export async function* oldestFirst(
  bucket: Bucket,
  backlog: Backlog,
  { wanted, found = () => undefined }: OldestFirst,
): AsyncGenerator<Waiting> {
  let last: Waiting | undefined;
  for (;;) {
    const after = last;
    const window: Waiting[] = [];
    for await (const waiting of positioned(bucket, backlog)) {
      if (!wanted(waiting)) continue;
      if (after === undefined) found(waiting);
      else if (byAge(waiting, after) <= 0) continue;
      window.push(waiting);
      if (window.length >= 2 * WINDOW) keepOldest(window);
    }
    keepOldest(window);
    yield* window;
    last = window.at(-1);
    if (window.length < WINDOW) return;
  }
}

function keepOldest(window: Waiting[]): void {
  window.sort(byAge).splice(WINDOW);
}

/** In the order of keys; what none of us made is passed over. */
export async function* positioned(bucket: Bucket, { prefix, positionOf }: Backlog): AsyncGenerator<Waiting> {
  for await (const listed of bucket.list(prefix)) {
    const at = positionOf(listed.key);
    if (at !== undefined) yield { ...listed, ...at };
  }
}
