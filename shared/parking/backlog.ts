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

/**
 * Where an agent's objects are: `parked` waits for its service, `parked-later` failed alone while the agent's others were
 * delivered, and `rejected` is what the service does not take.
 */
export type AgentKind = 'parked' | 'parked-later' | 'rejected';

/** A folder of a destination, or of one agent of it. */
export function backlogOfAgents(kind: AgentKind, destination: string, agentId?: string): Backlog {
  return {
    prefix: `${kind}/${destination}/${agentId === undefined ? '' : `${agentId}/`}`,
    positionOf: (key) => {
      const read = readAgentKey(key.replace(/^parked-later\//, 'parked/'));
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

/** In the folder of an agent, or of unreadable records, what arrived at `ms` (epoch) or later comes behind this key. */
export function keyBefore(prefix: string, ms: number): string {
  return `${prefix}${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/')}/${ms}`;
}

/** In the order of keys, page by page; what none of us made is passed over. */
export async function* positioned(bucket: Bucket, { prefix, positionOf }: Backlog): AsyncGenerator<Waiting> {
  for (let after: string | undefined; ; ) {
    const { objects, isLast } = await bucket.list({ prefix, after });
    for (const listed of objects) {
      const at = positionOf(listed.key);
      if (at !== undefined) yield { ...listed, ...at };
    }
    after = objects.at(-1)?.key;
    if (isLast || after === undefined) return;
  }
}
