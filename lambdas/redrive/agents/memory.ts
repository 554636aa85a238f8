import * as z from 'zod';
import type { Bucket } from '../../../shared/parking/bucket.ts';
import { type Folder, isPassedThrough, newFolder } from './folders.ts';

/**
 * What redrive knows of agents from one run to the next: one object for each destination, written by the run that holds
 * the lease. To lose it costs attempts, and nothing else.
 */
export interface Memory {
  readonly folders: readonly Folder[];
  /** Keeps what is worth it of these, if it is something else than what is kept already. */
  readonly save: (folders: Iterable<Folder>) => Promise<void>;
}

const folder = z.looseObject({
  kind: z.enum(['parked', 'parked-later', 'rejected', 'unreadable']),
  agent: z.string(),
  failures: z.number(),
  tried_ms: z.number(),
  reason: z.string().optional(),
  tried: z.string().optional(),
  after: z.string().optional(),
  head: z.object({ key: z.string(), bytes: z.number() }).optional(),
  oldest_ms: z.number().optional(),
  alone: z.boolean().optional(),
});
const state = z.looseObject({ version: z.literal(1), folders: z.array(folder) });

/** `redrive/<destination>.json` */
export function memoryKey(destination: string): string {
  return `redrive/${destination}.json`;
}

/** Read from its text, however it was changed. */
export function readMemory(destination: string, body: string | undefined): readonly Folder[] {
  let json: unknown;
  try {
    json = JSON.parse(body ?? '');
  } catch {
    return [];
  }
  const { data } = state.safeParse(json);
  return (data?.folders ?? []).map(({ kind, agent, failures, tried_ms, oldest_ms, reason, ...rest }) => {
    const known = newFolder(kind, destination, agent);
    known.failures = failures;
    known.triedMs = tried_ms;
    known.reason = reason;
    known.oldestMs = oldest_ms;
    known.tried = rest.tried;
    known.after = rest.after;
    known.head = rest.head?.key.startsWith(known.prefix) === true ? rest.head : undefined;
    known.alone = rest.alone === true;
    return known;
  });
}

function textOf(folders: Iterable<Folder>): string | undefined {
  const kept = [...folders].filter(
    (one) => one.failures > 0 || (isPassedThrough(one) && one.after !== undefined),
  );
  if (kept.length === 0) return undefined;
  const rows = kept.map(
    (one): z.infer<typeof folder> => ({
      kind: one.kind,
      agent: one.agentId,
      failures: one.failures,
      tried_ms: one.triedMs,
      ...(one.reason === undefined ? {} : { reason: one.reason }),
      ...(one.tried === undefined ? {} : { tried: one.tried }),
      ...(one.after === undefined || !isPassedThrough(one) ? {} : { after: one.after }),
      ...(one.head === undefined ? {} : { head: one.head }),
      ...(one.oldestMs === undefined ? {} : { oldest_ms: one.oldestMs }),
      ...(one.alone ? { alone: true } : {}),
    }),
  );
  return JSON.stringify({ version: 1, folders: rows });
}

export async function openMemory(bucket: Bucket, destination: string): Promise<Memory> {
  const key = memoryKey(destination);
  const stored = await bucket.get(key);
  let etag = stored?.etag;
  let text = stored?.body;
  return {
    folders: readMemory(destination, text),
    save: async (folders) => {
      const next = textOf(folders);
      if (next === text) return;
      if (next === undefined) {
        if (etag !== undefined) await bucket.delete(key, etag);
        etag = undefined;
      } else {
        etag = await bucket.put(key, next, etag === undefined ? { absent: true } : { etag });
      }
      text = next;
    },
  };
}
