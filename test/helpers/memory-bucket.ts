import { createHash } from 'node:crypto';
import type { Bucket } from '../../shared/parking/bucket.ts';

/** As S3 makes it for objects that were put at once. */
function etagOf(body: string): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

/** S3's conditional operations over a map. */
export function createMemoryBucket(objects: Map<string, string>): Bucket {
  return {
    async *list(prefix) {
      for (const key of [...objects.keys()].sort()) {
        const body = key.startsWith(prefix) ? objects.get(key) : undefined;
        if (body !== undefined) yield { key, bytes: body.length };
      }
    },
    get: async (key) => {
      const body = objects.get(key);
      return body === undefined ? undefined : { body, etag: etagOf(body) };
    },
    put: async (key, body, condition) => {
      const current = objects.get(key);
      const isMet =
        'etag' in condition
          ? current !== undefined && etagOf(current) === condition.etag
          : current === undefined;
      if (!isMet) return undefined;
      objects.set(key, body);
      return etagOf(body);
    },
    delete: async (key, etag) => {
      const current = objects.get(key);
      if (current === undefined || etagOf(current) !== etag) return false;
      return objects.delete(key);
    },
  };
}
