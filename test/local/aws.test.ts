import http from 'node:http';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeAwsChunked } from '../../local/aws/aws-chunked.ts';
import { startS3 } from '../../local/aws/s3.ts';
import { xmlDocument, xmlTexts } from '../../local/aws/s3-xml.ts';
import { startSecretsManager } from '../../local/aws/secrets-manager.ts';

const NOW_MS = 1_768_473_000_000;
const CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
};

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** The error that a call ends with. */
function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

describe('the secrets manager', () => {
  async function setUp({ now = (): number => NOW_MS } = {}) {
    const secrets = await startSecretsManager({ now });
    const client = new SecretsManagerClient({ ...CLIENT, endpoint: secrets.endpoint });
    cleanups.push(secrets.close, () => client.destroy());
    return { secrets, client };
  }
  const Name = 'log-drain/CA_x/datadog';

  it('gives a secret by name and by ARN, and counts the reads', async () => {
    const { secrets, client } = await setUp();
    secrets.set(Name, '{"DATADOG_TOKEN":"t"}');

    const byName = await client.send(new GetSecretValueCommand({ SecretId: Name }));
    const byArn = await client.send(new GetSecretValueCommand({ SecretId: byName.ARN }));

    expect(byName).toMatchObject({
      Name,
      SecretString: '{"DATADOG_TOKEN":"t"}',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: new Date(NOW_MS),
    });
    expect(byName.ARN).toMatch(
      /^arn:aws:secretsmanager:us-east-1:000000000000:secret:log-drain\/CA_x\/datadog-[0-9a-f]{6}$/,
    );
    expect(byArn.SecretString).toBe('{"DATADOG_TOKEN":"t"}');
    expect(secrets.reads()).toBe(2);
  });

  it('says ResourceNotFoundException for a secret that is not there', async () => {
    const { client } = await setUp();

    const answer = refusal(client.send(new GetSecretValueCommand({ SecretId: Name })));

    expect(await answer).toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  it('creates, replaces, deletes and creates again', async () => {
    const { secrets, client } = await setUp();

    const created = await client.send(new CreateSecretCommand({ Name, SecretString: 'one' }));
    const again = await refusal(client.send(new CreateSecretCommand({ Name, SecretString: 'two' })));
    const replaced = await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }));
    const value = secrets.get(Name);
    await client.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
    const gone = await refusal(client.send(new GetSecretValueCommand({ SecretId: Name })));
    await client.send(new CreateSecretCommand({ Name, SecretString: 'three' }));

    expect(again).toMatchObject({ name: 'ResourceExistsException' });
    expect(replaced.ARN).toBe(created.ARN);
    expect(replaced.VersionId).not.toBe(created.VersionId);
    expect(value).toBe('two');
    expect(gone).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(secrets.get(Name)).toBe('three');
  });

  it('keeps what is deleted for 30 days, or as many as are asked for, in which it can be restored', async () => {
    let nowMs = Date.UTC(2026, 0, 15);
    const { secrets, client } = await setUp({ now: () => nowMs });
    secrets.set(Name, 'one');

    const deletion = await client.send(new DeleteSecretCommand({ SecretId: Name }));
    const refused: unknown[] = [
      await refusal(client.send(new GetSecretValueCommand({ SecretId: Name }))),
      await refusal(client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }))),
      await refusal(client.send(new DeleteSecretCommand({ SecretId: Name }))),
      await refusal(client.send(new CreateSecretCommand({ Name, SecretString: 'two' }))),
    ];
    const listed = await client.send(new ListSecretsCommand({}));
    const all = await client.send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
    await client.send(new RestoreSecretCommand({ SecretId: Name }));
    const restored = await client.send(new GetSecretValueCommand({ SecretId: Name }));
    await client.send(new DeleteSecretCommand({ SecretId: Name, RecoveryWindowInDays: 7 }));
    nowMs += 7 * 86_400_000;
    const gone = await refusal(client.send(new RestoreSecretCommand({ SecretId: Name })));
    await client.send(new CreateSecretCommand({ Name, SecretString: 'three' }));

    expect(deletion.DeletionDate).toEqual(new Date(Date.UTC(2026, 1, 14)));
    const name = 'InvalidRequestException';
    const marked = { name, message: expect.stringContaining('marked for deletion') };
    const taken = { name, message: expect.stringContaining('already scheduled for deletion') };
    expect(refused).toMatchObject([marked, marked, marked, taken]);
    expect(listed.SecretList).toEqual([]);
    expect(all.SecretList).toMatchObject([{ Name, DeletedDate: deletion.DeletionDate }]);
    expect(restored.SecretString).toBe('one');
    expect(gone).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(secrets.get(Name)).toBe('three');
  });

  it('does not replace or delete what is not there, nor take a bad name', async () => {
    const { client } = await setUp();

    const put = await refusal(client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'x' })));
    const removed = await refusal(client.send(new DeleteSecretCommand({ SecretId: Name })));
    const bad = await refusal(client.send(new CreateSecretCommand({ Name: 'a b', SecretString: 'x' })));

    expect([put, removed]).toMatchObject([
      { name: 'ResourceNotFoundException' },
      { name: 'ResourceNotFoundException' },
    ]);
    expect(bad).toMatchObject({ name: 'ValidationException' });
  });

  it('lists names by prefix, in pages, without values', async () => {
    const { secrets, client } = await setUp();
    for (const name of ['log-drain/b', 'log-drain/a', 'other/c', 'log-drain/c']) secrets.set(name, 'hidden');
    const Filters = [{ Key: 'name' as const, Values: ['log-drain/'] }];

    const first = await client.send(new ListSecretsCommand({ Filters, MaxResults: 2 }));
    const second = await client.send(
      new ListSecretsCommand({ Filters, MaxResults: 2, NextToken: first.NextToken }),
    );

    expect([first, second].map(({ SecretList }) => SecretList?.map((secret) => secret.Name))).toEqual([
      ['log-drain/a', 'log-drain/b'],
      ['log-drain/c'],
    ]);
    expect(second.NextToken).toBeUndefined();
    expect(JSON.stringify([first, second])).not.toContain('hidden');
  });

  it.each([
    { status: 400, body: '{"__type":"AccessDeniedException","message":"no"}', name: 'AccessDeniedException' },
    { status: 400, body: '{"__type":"DecryptionFailure"}', name: 'DecryptionFailure' },
    { status: 429, name: 'ThrottlingException' },
    { status: 403, name: 'AccessDeniedException' },
    { status: 500, name: 'InternalFailure' },
  ])('answers $status $name when told to', async ({ name, ...fault }) => {
    const { secrets, client } = await setUp();
    secrets.set(Name, 'value');
    secrets.faults.set([{ kind: 'status', ...fault }]);

    const refused = await refusal(client.send(new GetSecretValueCommand({ SecretId: Name })));
    const next = await client.send(new GetSecretValueCommand({ SecretId: Name }));

    expect(refused).toMatchObject({ name });
    expect(next.SecretString).toBe('value');
  });

  it('forgets and reads its secrets in this process', async () => {
    const { secrets } = await setUp();
    secrets.set(Name, 'value');

    secrets.remove(Name);

    expect(secrets.get(Name)).toBeUndefined();
  });
});

describe('the object store', () => {
  const Bucket = 'parking';

  async function setUp() {
    const s3 = await startS3({ buckets: [Bucket], now: () => NOW_MS });
    const client = new S3Client({ ...CLIENT, endpoint: s3.endpoint, forcePathStyle: true });
    cleanups.push(s3.close, () => client.destroy());
    const put = (Key: string, Body = 'body', more: object = {}) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
    const list = async (input: Partial<ListObjectsV2CommandInput> = {}) =>
      client.send(new ListObjectsV2Command({ Bucket, ...input }));
    return { s3, client, put, list };
  }

  it('gives an object back as it was put, keys with any character included', async () => {
    const { client, put } = await setUp();
    const Key = 'parked/datadog/CA_x/2026/01/15/1 & <ü> +%2F?"\'.json';

    await put(Key, '{"version":1}', { ContentType: 'application/json', Metadata: { reason: 'refused' } });
    const got = await client.send(new GetObjectCommand({ Bucket, Key }));
    const { contents } = await client
      .send(new ListObjectsV2Command({ Bucket }))
      .then(({ Contents }) => ({ contents: Contents?.map((one) => one.Key) }));

    expect(await got.Body?.transformToString()).toBe('{"version":1}');
    expect(got).toMatchObject({
      ContentType: 'application/json',
      ContentLength: 13,
      Metadata: { reason: 'refused' },
      LastModified: new Date(NOW_MS),
      ETag: '"77efb8e3fa276d4674932392a66555e4"',
    });
    expect(contents).toEqual([Key]);
  });

  it('takes bytes, streams in aws-chunked form, and content encodings', async () => {
    const { s3, client } = await setUp();
    const bytes = Buffer.from([0, 13, 10, 255]);
    const long = Buffer.alloc(300_000, 'long ');

    await client.send(new PutObjectCommand({ Bucket, Key: 'bytes', Body: bytes, ContentEncoding: 'gzip' }));
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'stream',
        Body: Readable.from([long.subarray(0, 100_000), long.subarray(100_000)]),
        ContentLength: long.length,
        ContentEncoding: 'identity',
      }),
    );
    await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body: 'x'.repeat(4 * 1024 * 1024) }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'bytes' }));

    expect(s3.objects.get(Bucket, 'big')?.body.length).toBe(4 * 1024 * 1024);
    expect(s3.objects.get(Bucket, 'bytes')?.body).toEqual(bytes);
    expect(s3.objects.get(Bucket, 'stream')?.body.equals(long)).toBe(true);
    expect(s3.objects.get(Bucket, 'stream')?.headers).toEqual({ 'content-encoding': 'identity' });
    expect(got.ContentEncoding).toBe('gzip');
  });

  it('writes with If-None-Match: * only what is not there', async () => {
    const { s3, put } = await setUp();

    await put('lease', 'first', { IfNoneMatch: '*' });
    const second = await refusal(put('lease', 'second', { IfNoneMatch: '*' }));

    expect(second).toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    expect(s3.objects.get(Bucket, 'lease')?.body.toString()).toBe('first');
  });

  it('writes with If-Match only over the very object', async () => {
    const { s3, put } = await setUp();
    const { ETag } = await put('lease', 'first');

    await put('lease', 'second', { IfMatch: ETag });
    const stale = await refusal(put('lease', 'third', { IfMatch: ETag }));
    const absent = await refusal(put('other', 'third', { IfMatch: ETag }));

    expect(stale).toMatchObject({ name: 'PreconditionFailed' });
    expect(absent).toMatchObject({ name: 'NoSuchKey' });
    expect(s3.objects.get(Bucket, 'lease')?.body.toString()).toBe('second');
  });

  it('tells of absent objects and buckets', async () => {
    const { client } = await setUp();

    const object = await refusal(client.send(new GetObjectCommand({ Bucket, Key: 'none' })));
    const head = await refusal(client.send(new HeadObjectCommand({ Bucket, Key: 'none' })));
    const bucket = await refusal(client.send(new GetObjectCommand({ Bucket: 'absent', Key: 'none' })));

    expect(object).toMatchObject({ name: 'NoSuchKey' });
    expect(head).toMatchObject({ name: 'NotFound' });
    expect(bucket).toMatchObject({ name: 'NoSuchBucket' });
  });

  it('tells of an object and of a bucket without bodies', async () => {
    const { client, put } = await setUp();
    await put('key', '12345');

    const object = await client.send(new HeadObjectCommand({ Bucket, Key: 'key' }));
    const bucket = await client.send(new HeadBucketCommand({ Bucket }));

    expect(object.ContentLength).toBe(5);
    expect(bucket.$metadata.httpStatusCode).toBe(200);
  });

  it('deletes one object and many, there or not', async () => {
    const { s3, client, put } = await setUp();
    for (const key of ['a', 'b & "c"', 'd', 'e']) await put(key);

    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    const loud = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b & "c"' }, { Key: 'none' }] } }),
    );
    const quiet = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'd' }], Quiet: true } }),
    );

    expect(s3.objects.list(Bucket).map(({ key }) => key)).toEqual(['e']);
    expect(loud.Deleted?.map(({ Key }) => Key)).toEqual(['b & "c"', 'none']);
    expect(quiet.Deleted).toBeUndefined();
  });

  it('deletes the very version of each where an ETag is given', async () => {
    const { s3, client, put } = await setUp();
    for (const key of ['a', 'b']) await put(key);
    const ETag = s3.objects.get(Bucket, 'a')?.etag;

    const Objects = [
      { Key: 'a', ETag },
      { Key: 'b', ETag: '"other"' },
      { Key: 'none', ETag },
    ];
    const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

    expect(Deleted?.map(({ Key }) => Key)).toEqual(['a']);
    expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
      ['b', 'PreconditionFailed'],
      ['none', 'NoSuchKey'],
    ]);
    expect(s3.objects.list(Bucket).map(({ key }) => key)).toEqual(['b']);
  });

  it('lists by prefix in byte order, in pages', async () => {
    const { put, list } = await setUp();
    for (const key of ['p/ü', 'p/a', 'p/B', 'p/𝄞', 'q/x', 'p/\uffee']) await put(key);

    const first = await list({ Prefix: 'p/', MaxKeys: 2 });
    const second = await list({ Prefix: 'p/', MaxKeys: 2, ContinuationToken: first.NextContinuationToken });
    const third = await list({ Prefix: 'p/', ContinuationToken: second.NextContinuationToken });
    const after = await list({ Prefix: 'p/', StartAfter: 'p/a' });

    const pages = [first, second, third].map(({ Contents }) => Contents?.map(({ Key }) => Key));
    expect(pages).toEqual([['p/B', 'p/a'], ['p/ü', 'p/\uffee'], ['p/𝄞']]);
    expect([first, second, third].map(({ IsTruncated }) => IsTruncated)).toEqual([true, true, false]);
    expect(first.Contents?.[0]).toMatchObject({ Size: 4, LastModified: new Date(NOW_MS) });
    expect(after.KeyCount).toBe(3);
  });

  it('lists folders by delimiter', async () => {
    const { put, list } = await setUp();
    for (const key of [
      'parked/datadog/CA_1/x',
      'parked/datadog/CA_1/y',
      'parked/datadog/CA_2/x',
      'parked/note',
    ]) {
      await put(key);
    }

    const folders = await list({ Prefix: 'parked/datadog/', Delimiter: '/', MaxKeys: 1 });
    const more = await list({
      Prefix: 'parked/datadog/',
      Delimiter: '/',
      ContinuationToken: folders.NextContinuationToken,
    });
    const mixed = await list({ Prefix: 'parked/', Delimiter: '/', EncodingType: 'url' });
    const behind = await list({
      Prefix: 'parked/datadog/',
      Delimiter: '/',
      StartAfter: 'parked/datadog/CA_1/x',
    });

    expect(folders.CommonPrefixes).toEqual([{ Prefix: 'parked/datadog/CA_1/' }]);
    expect(more.CommonPrefixes).toEqual([{ Prefix: 'parked/datadog/CA_2/' }]);
    // A folder is told as long as one of its keys is behind.
    expect(behind.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual([
      'parked/datadog/CA_1/',
      'parked/datadog/CA_2/',
    ]);
    expect(mixed.CommonPrefixes?.length).toBe(1);
    expect(mixed.Contents?.length).toBe(1);
  });

  it('lists an empty bucket', async () => {
    const { list } = await setUp();

    const empty = await list();

    expect([empty.KeyCount, empty.IsTruncated, empty.Contents]).toEqual([0, false, undefined]);
  });

  it.each(['parking.localhost', 'parking.s3.us-east-1.amazonaws.com', 'parking.s3.amazonaws.com'])(
    'understands the virtual host %s',
    async (host) => {
      const { s3, put } = await setUp();
      await put('folder/key', 'found');

      const text = await new Promise((resolve, reject) => {
        const options = { headers: { host: `${host}:${new URL(s3.endpoint).port}` } };
        http
          .get(`${s3.endpoint}/folder/key`, options, (response) => {
            response.setEncoding('utf8').on('data', resolve);
          })
          .on('error', reject);
      });

      expect(text).toBe('found');
    },
  );

  it('refuses what it does not have, and a broken path, in words', async () => {
    const { s3 } = await setUp();

    const upload = await fetch(`${s3.endpoint}/parking/key?partNumber=1&uploadId=x`, { method: 'PUT' });
    const acl = await fetch(`${s3.endpoint}/parking`);
    const broken = await fetch(`${s3.endpoint}/parking/%ff`);
    const chunked = await fetch(`${s3.endpoint}/parking/key`, {
      method: 'PUT',
      headers: { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
      body: '5\r\nabc',
    });

    expect([upload, acl, broken, chunked].map(({ status }) => status)).toEqual([501, 501, 400, 400]);
    expect(xmlTexts(await upload.text(), 'Code')).toEqual(['NotImplemented']);
  });

  it.each([
    { status: 403, name: 'AccessDenied' },
    { status: 503, name: 'SlowDown' },
    { status: 500, name: 'InternalError' },
  ])('answers $status $name when told to', async ({ status, name }) => {
    const { s3, put } = await setUp();
    s3.faults.set([{ kind: 'status', status }]);

    const refused = await refusal(put('key'));
    await put('key');

    expect(refused).toMatchObject({ name });
    expect(s3.objects.list(Bucket).length).toBe(1);
  });

  it('can take an object and then fail', async () => {
    const { s3, put } = await setUp();
    s3.faults.set([{ kind: 'accept-then-status', status: 500 }]);

    const refused = await refusal(put('key'));

    expect(refused).toMatchObject({ name: 'InternalError' });
    expect(s3.objects.get(Bucket, 'key')?.body.toString()).toBe('body');
  });
});

describe('the formats', () => {
  it('decodes aws-chunked bodies of any pieces, with signatures and trailers', () => {
    const piece = fc.uint8Array({ minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(piece), fc.boolean(), (pieces, isSigned) => {
        const signature = isSigned ? `;chunk-signature=${'0'.repeat(64)}` : '';
        const body = Buffer.concat([
          ...pieces.flatMap((bytes) => [
            Buffer.from(`${bytes.length.toString(16)}${signature}\r\n`),
            bytes,
            Buffer.from('\r\n'),
          ]),
          Buffer.from(`0${signature}\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`),
        ]);

        expect(decodeAwsChunked(body)).toEqual(Buffer.concat(pieces));
      }),
    );
  });

  it('never throws on a body that claims to be aws-chunked', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const decoded = decodeAwsChunked(Buffer.from(bytes));

        return decoded === undefined || decoded.length <= bytes.length;
      }),
    );
    expect(decodeAwsChunked(Buffer.from('3\r\nabcd\r\n0\r\n\r\n'))).toBeUndefined();
  });

  it('reads back the texts that it wrote', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(text), (keys) => {
        const document = xmlDocument(
          'Delete',
          keys.map((key) => ['Object', [['Key', key]]] as const),
        );

        expect(xmlTexts(document, 'Key')).toEqual(keys);
      }),
    );
    expect(xmlTexts('<Key>&#65;&#x42;&unknown;</Key>', 'Key')).toEqual(['AB&unknown;']);
  });
});
