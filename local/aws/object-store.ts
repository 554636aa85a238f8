/** Buckets of objects in memory. */
import { createHash } from 'node:crypto';

export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  /** Quoted MD5, as S3 gives it to objects of one part. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly contentType: string;
  /** Content-Encoding and `x-amz-meta-*`, given back as they came. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ObjectStore {
  readonly has: (bucket: string) => boolean;
  readonly get: (bucket: string, key: string) => StoredObject | undefined;
  readonly put: (bucket: string, object: NewObject) => StoredObject;
  readonly remove: (bucket: string, key: string) => void;
  /** Sorted by the bytes of their keys, as ListObjectsV2 tells them. */
  readonly list: (bucket: string, prefix?: string) => readonly StoredObject[];
}

interface NewObject {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function createObjectStore(buckets: readonly string[], now: () => number): ObjectStore {
  const objects = new Map(buckets.map((bucket) => [bucket, new Map<string, StoredObject>()]));

  function bucketOf(bucket: string): Map<string, StoredObject> {
    const found = objects.get(bucket);
    if (found === undefined) throw new Error(`no bucket ${bucket}`);
    return found;
  }

  return {
    has: (bucket) => objects.has(bucket),
    get: (bucket, key) => bucketOf(bucket).get(key),
    put: (bucket, { key, body, contentType = 'application/octet-stream', headers = {} }) => {
      const etag = `"${createHash('md5').update(body).digest('hex')}"`;
      const object = { key, body, etag, modifiedMs: now(), contentType, headers };
      bucketOf(bucket).set(key, object);
      return object;
    },
    remove: (bucket, key) => void bucketOf(bucket).delete(key),
    list: (bucket, prefix = '') =>
      [...bucketOf(bucket).values()]
        .filter(({ key }) => key.startsWith(prefix))
        .toSorted((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key))),
  };
}
