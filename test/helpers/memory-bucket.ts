import { createHash } from 'node:crypto';
import { type Bucket, MAX_KEYS } from '../../shared/parking/bucket.ts';

/** As S3 makes it for objects that were put at once. */
function etagOf(body: string): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

/** S3's conditional operations over a map. */
export function createMemoryBucket(objects: Map<string, string>): Bucket {
  const below = (prefix: string): string[] =>
    [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();

  function remove(key: string, etag: string): boolean {
    const current = objects.get(key);
    if (current === undefined || etagOf(current) !== etag) return false;
    return objects.delete(key);
  }

  return {
    list: async ({ prefix, after = '', limit = MAX_KEYS }) => {
      const keys = below(prefix).filter((key) => key > after);
      const page = keys.slice(0, limit);
      return {
        objects: page.map((key) => ({ key, bytes: objects.get(key)?.length ?? 0 })),
        isLast: page.length === keys.length,
      };
    },
    async *folders(prefix) {
      const names = below(prefix).map((key) => key.slice(prefix.length).split('/'));
      yield* new Set(names.flatMap(([name = '', ...rest]) => (rest.length === 0 ? [] : [name])));
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
    delete: async (key, etag) => remove(key, etag),
    deleteAll: async (versions) =>
      new Set(versions.filter(({ key, etag }) => !remove(key, etag)).map(({ key }) => key)),
  };
}
