import { createFairSemaphore } from '../../../shared/base/fair-semaphore.ts';
import type { Bucket } from '../../../shared/parking/bucket.ts';

/** Whose a key or prefix is: kind, destination and agent. */
function ownerOf(key: string): string {
  return key.split('/', 3).join('/');
}

/** The bucket with so many requests side by side, handed to the agents in turn: a thousand of one hold up no other's. */
export function boundedBucket(bucket: Bucket, maxRequests: number): Bucket {
  const semaphore = createFairSemaphore(maxRequests);

  async function inTurn<T>(key: string, request: () => Promise<T>): Promise<T> {
    const release = await semaphore.acquire(ownerOf(key));
    try {
      return await request();
    } finally {
      release();
    }
  }

  return {
    // One at a time, and seldom.
    folders: (prefix) => bucket.folders(prefix),
    list: (query) => inTurn(query.prefix, () => bucket.list(query)),
    get: (key) => inTurn(key, () => bucket.get(key)),
    put: (key, body, condition) => inTurn(key, () => bucket.put(key, body, condition)),
    delete: (key, etag) => inTurn(key, () => bucket.delete(key, etag)),
    deleteAll: (versions) => inTurn(versions[0]?.key ?? '', () => bucket.deleteAll(versions)),
  };
}
