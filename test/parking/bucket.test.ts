import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type S3, startS3 } from '../../local/aws/s3.ts';
import type { Bucket, Listed } from '../../shared/parking/bucket.ts';
import { createS3BucketWith } from '../../shared/parking/s3-bucket.ts';
import { createMemoryBucket } from '../helpers/memory-bucket.ts';

const NAME = 'parking';

let s3: S3;
beforeAll(async () => {
  s3 = await startS3({ buckets: [NAME] });
});
afterAll(() => s3.close());

async function listed(bucket: Bucket, prefix: string): Promise<Listed[]> {
  const found: Listed[] = [];
  for await (const one of bucket.list(prefix)) found.push(one);
  return found;
}

const BUCKETS: readonly (readonly [string, () => Bucket])[] = [
  [
    'in S3',
    () =>
      createS3BucketWith(NAME, {
        endpoint: s3.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
      }),
  ],
  ['in memory', () => createMemoryBucket(new Map())],
];

describe.each(BUCKETS)('a bucket %s', (_, create) => {
  let bucket: Bucket;
  beforeEach(() => {
    for (const { key } of s3.objects.list(NAME)) s3.objects.remove(NAME, key);
    bucket = create();
  });

  it('makes an object only where there is none', async () => {
    const first = await bucket.put('a', 'one', { absent: true });
    const second = await bucket.put('a', 'two', { absent: true });

    expect(await bucket.get('a')).toEqual({ body: 'one', etag: first });
    expect(second).toBeUndefined();
  });

  it('replaces the very version alone', async () => {
    const first = (await bucket.put('a', 'one', { absent: true })) ?? '';
    const second = await bucket.put('a', 'two', { etag: first });
    const third = await bucket.put('a', 'three', { etag: first });
    const nowhere = await bucket.put('b', 'x', { etag: first });

    expect(await bucket.get('a')).toEqual({ body: 'two', etag: second });
    expect([third, nowhere]).toEqual([undefined, undefined]);
    expect(await bucket.get('b')).toBeUndefined();
  });

  it('deletes the very version alone', async () => {
    const first = (await bucket.put('a', 'one', { absent: true })) ?? '';
    const second = (await bucket.put('a', 'two', { etag: first })) ?? '';

    expect(await bucket.delete('a', first)).toBe(false);
    expect(await bucket.delete('a', second)).toBe(true);
    expect(await bucket.delete('a', second)).toBe(false);
    expect(await bucket.get('a')).toBeUndefined();
  });

  it('lists what is below a prefix, in order, with sizes', async () => {
    for (const key of ['p/b', 'p/a', 'q/a']) await bucket.put(key, key, { absent: true });

    expect(await listed(bucket, 'p/')).toEqual([
      { key: 'p/a', bytes: 3 },
      { key: 'p/b', bytes: 3 },
    ]);
    expect(await listed(bucket, 'none/')).toEqual([]);
  });
});

describe('a bucket in S3', () => {
  it('throws what is no answer to a condition', async () => {
    const bucket = BUCKETS[0]?.[1]() ?? createMemoryBucket(new Map());
    s3.faults.set([{ kind: 'status', status: 403, times: 0 }]);

    await expect(bucket.get('a')).rejects.toThrow('asked for');
    await expect(bucket.put('a', 'x', { absent: true })).rejects.toThrow('asked for');
    await expect(bucket.delete('a', 'x')).rejects.toThrow('asked for');
    s3.faults.set([]);
  });
});
