import { unpack } from '../../shared/record/unpack.ts';
import { type LineFate, nameOf } from '../ledger/ledger.ts';
import { idsIn } from '../ledger/lines.ts';
import type { Process, Ways } from '../time/process.ts';
import type { World } from './world.ts';

/** One version of an object. */
interface Version {
  readonly body: string;
  readonly etag: string;
}

/** The store behind the bucket: what S3 holds, whoever asks. */
export interface Store {
  readonly get: (key: string) => Version | undefined;
  /** Stores unless there is another version than the one given; `null` stands for none. Undefined: it did not. */
  readonly put: (key: string, body: string, expected?: string | null) => string | undefined;
  /** False: there is another version, or none. */
  readonly remove: (key: string, etag: string) => boolean;
  /** Keys in order, of those that begin with the prefix. */
  readonly keys: (prefix: string) => readonly string[];
}

/** A call that the SDK gave up: an answer that says so has a status. */
class StoreError extends Error {
  readonly $metadata: { readonly httpStatusCode?: number };

  constructor(fate: 'silent' | 'failed' | 'forgotten') {
    super('S3 did not do it');
    this.name = fate === 'failed' ? 'SlowDown' : 'TimeoutError';
    this.$metadata = fate === 'failed' ? { httpStatusCode: 503 } : {};
  }
}

/** Who is told when lines leave an object. */
export interface Watch {
  /** The line is safe without this object. */
  readonly isSafe: (line: LineFate) => boolean;
}

export function createStore({ ledger }: World, watch: Watch): Store {
  const objects = new Map<string, Version>();
  let sorted: string[] | undefined;
  let versions = 0;

  function linesOf(body: string | undefined): ReadonlySet<number> {
    return new Set(body === undefined ? [] : bodiesIn(body).flatMap((data) => idsIn(data)));
  }

  /** No line may vanish when an object is written, written over or removed. */
  function change(key: string, body: string | undefined): void {
    const before = linesOf(objects.get(key)?.body);
    const after = linesOf(body);
    for (const id of after) {
      const line = ledger.line(id);
      if (!before.has(id)) line.objects = [...line.objects, key];
    }
    for (const id of before) {
      if (after.has(id)) continue;
      const line = ledger.line(id);
      line.objects = line.objects.filter((other) => other !== key);
      if (watch.isSafe(line)) continue;
      const deed = body === undefined ? 'removed' : 'written over';
      ledger.violate('lost-from-bucket', `${nameOf(line)} vanished when ${key} was ${deed}`);
    }
  }

  return {
    get: (key) => objects.get(key),
    put: (key, body, expected) => {
      const current = objects.get(key);
      if (expected === null && current !== undefined) return undefined;
      if (typeof expected === 'string' && current?.etag !== expected) return undefined;
      change(key, body);
      versions += 1;
      const etag = `"${versions}"`;
      if (current === undefined) sorted = undefined;
      objects.set(key, { body, etag });
      return etag;
    },
    remove: (key, etag) => {
      if (objects.get(key)?.etag !== etag) return false;
      change(key, undefined);
      sorted = undefined;
      return objects.delete(key);
    },
    keys: (prefix) => {
      sorted ??= [...objects.keys()].sort();
      return sorted.filter((key) => key.startsWith(prefix));
    },
  };
}

/** The payloads of the records in an object of ours or of Lambda's. */
function bodiesIn(body: string): Buffer[] {
  const json = JSON.parse(body) as { Records?: unknown; payload?: unknown };
  const event = typeof json.payload === 'string' ? (JSON.parse(json.payload) as typeof json) : json;
  if (!Array.isArray(event.Records)) return [];
  return (event.Records as readonly { readonly kinesis: { readonly data: string } }[]).map(({ kinesis }) =>
    plainOf(Buffer.from(kinesis.data, 'base64')),
  );
}

/** A record's payload: simulated shippers do not compress, but what is parked of a record in part may be. */
export function plainOf(data: Buffer): Buffer {
  const unpacked = unpack(data, { bytes: 64 * 1024 * 1024, calls: 100 });
  if (unpacked.kind === 'unreadable') throw new Error(`A record cannot be unpacked: ${unpacked.reason}.`);
  return unpacked.payload;
}

/** Who calls, and how often and how long the SDK tries. */
export interface Caller {
  readonly world: World;
  readonly process: Process;
  /** Aborts when nobody waits for it any more. */
  readonly signal?: AbortSignal;
  readonly attempts: number;
  /** Of one attempt. */
  readonly timeoutMs: number;
}

/**
 * One call to S3 as the SDK makes it: again after an attempt that failed or was not answered. Of an attempt that was not
 * answered nobody knows whether it was carried out, here it may have been.
 */
export async function callStore<T>(
  { world, process, signal, attempts, timeoutMs }: Caller,
  deed: () => T,
): Promise<T> {
  const random = world.random.fork(`s3 ${world.timeline.steps()}`);
  for (let attempt = 1; ; attempt += 1) {
    const fate = fateOf(world, random.next());
    const ways: Ways = { thereMs: random.between(5, 20), backMs: random.between(5, 20) };
    if (fate === 'done') return process.call(ways, deed);
    if (fate === 'forgotten') await process.call({ ...ways, backMs: timeoutMs }, deed);
    else await process.clock.sleep(fate === 'silent' ? timeoutMs : 50);
    if (attempt === attempts || signal?.aborted === true) throw new StoreError(fate);
    await process.clock.sleep(random.between(0, 100 * 2 ** attempt));
  }
}

function fateOf({ conditions }: World, chance: number): 'done' | 'forgotten' | 'silent' | 'failed' {
  if (conditions.shared('s3-silent')) return 'silent';
  const failing = conditions.shared('s3-failing');
  if (failing !== undefined && chance < 0.2 + failing.degree) return 'failed';
  const forgetful = conditions.shared('s3-forgetful');
  return forgetful !== undefined && chance < 0.1 + forgetful.degree * 0.5 ? 'forgotten' : 'done';
}
