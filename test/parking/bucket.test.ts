import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type S3, startS3 } from '../../local/aws/s3.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import { createS3BucketWith } from '../../shared/parking/s3-bucket.ts';
import { createMemoryBucket } from '../helpers/memory-bucket.ts';

const NAME = 'parking';

let s3: S3;
beforeAll(async () => {
  s3 = await startS3({ buckets: [NAME] });
});
afterAll(() => s3.close());

async function foldersOf(bucket: Bucket, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const one of bucket.folders(prefix)) found.push(one);
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

describe.each(BUCKETS)('a bucket %s', (_where, create) => {
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

  it('deletes many, the very versions alone, and tells which it did not', async () => {
    const etags = new Map<string, string>();
    for (const key of ['a', 'b & "c"', 'd'])
      etags.set(key, (await bucket.put(key, key, { absent: true })) ?? '');
    await bucket.put('d', 'anew', { etag: etags.get('d') ?? '' });
    etags.set('gone', '"0"');

    const kept = await bucket.deleteAll([...etags].map(([key, etag]) => ({ key, etag })));

    expect([...kept].sort()).toEqual(['d', 'gone']);
    expect((await bucket.list({ prefix: '' })).objects.map(({ key }) => key)).toEqual(['d']);
    expect(await bucket.deleteAll([])).toEqual(new Set());
  });

  it('lists what is below a prefix, in order, with sizes, from a key on, page by page', async () => {
    for (const key of ['p/b', 'p/a', 'p/c', 'q/a']) await bucket.put(key, key, { absent: true });

    const first = await bucket.list({ prefix: 'p/', limit: 2 });
    const second = await bucket.list({ prefix: 'p/', after: 'p/b' });
    const between = await bucket.list({ prefix: 'p/', after: 'p/aa', limit: 1 });

    expect(first).toEqual({
      objects: [
        { key: 'p/a', bytes: 3 },
        { key: 'p/b', bytes: 3 },
      ],
      isLast: false,
    });
    expect(second).toEqual({ objects: [{ key: 'p/c', bytes: 3 }], isLast: true });
    expect(between.objects.map(({ key }) => key)).toEqual(['p/b']);
    expect(await bucket.list({ prefix: 'none/' })).toEqual({ objects: [], isLast: true });
  });

  it('tells the folders below a prefix, however many there are', async () => {
    const names = Array.from({ length: 1_002 }, (_, i) => `CA_${String(i).padStart(4, '0')}`);
    for (const name of names) await bucket.put(`parked/d/${name}/x`, 'x', { absent: true });
    await bucket.put('parked/d/note', 'x', { absent: true });

    expect(await foldersOf(bucket, 'parked/d/')).toEqual(names);
    expect(await foldersOf(bucket, 'none/')).toEqual([]);
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
