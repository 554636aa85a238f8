import * as z from 'zod';
import type { Bucket } from '../../shared/parking/bucket.ts';

/** One destination is redriven by one run at a time. */
export interface Lease {
  readonly release: () => Promise<void>;
}

const leaseBody = z.object({ owner: z.string(), expires_ms: z.number() });

function parse(body: string): z.infer<typeof leaseBody> | undefined {
  try {
    return leaseBody.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

export interface LeaseOptions {
  readonly destination: string;
  /** Names this run. */
  readonly owner: string;
  readonly nowMs: number;
  /** No call of this run, nor an invocation that it began, outlives it. */
  readonly expiresMs: number;
}

/**
 * Takes `leases/<destination>.json`: made if absent, taken over if expired or garbled, each by a conditional
 * write. Undefined while another run holds it.
 */
export async function takeLease(bucket: Bucket, options: LeaseOptions): Promise<Lease | undefined> {
  const { destination, owner, nowMs, expiresMs } = options;
  const key = `leases/${destination}.json`;
  const body = JSON.stringify({ owner, expires_ms: expiresMs });
  const leaseOf = (etag: string): Lease => ({ release: async () => void (await bucket.delete(key, etag)) });

  const made = await bucket.put(key, body, { absent: true });
  if (made !== undefined) return leaseOf(made);
  const held = await bucket.get(key);
  // It ended this moment: the next run comes soon.
  if (held === undefined) return undefined;
  const current = parse(held.body);
  // An answer was lost on the way and the SDK asked twice: the lease in our way is our own.
  if (current?.owner === owner) return leaseOf(held.etag);
  if (current !== undefined && current.expires_ms > nowMs) return undefined;
  const taken = await bucket.put(key, body, { etag: held.etag });
  return taken === undefined ? undefined : leaseOf(taken);
}
