import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { sdkRequestHandler } from '../http/sdk-handler.ts';
import { type Bucket, type KeyPage, type ListQuery, MAX_KEYS, type Version } from './bucket.ts';
import { createSignedGet } from './signed-get.ts';

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** The value, or `otherwise` if S3 answered with one of these codes. */
async function unless<T, U>(statuses: readonly number[], work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if (statuses.includes(statusOf(error) ?? 0)) return otherwise;
    throw error;
  }
}

/**
 * 412: the condition is not met; 409: another request to the object won; 404: the object to match is gone
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html and conditional-deletes.html).
 */
const NOT_MET = [404, 409, 412];

/** Codes of DeleteObjects for a version that is not there (any more); others are trouble. */
const OTHER_VERSION = new Set([
  'PreconditionFailed',
  'ConditionalRequestConflict',
  'NoSuchKey',
  'NoSuchVersion',
]);

async function deleteVersions(
  client: S3Client,
  bucket: string,
  versions: readonly Version[],
): Promise<ReadonlySet<string>> {
  if (versions.length === 0) return new Set();
  const objects = versions.map(({ key, etag }) => ({ Key: key, ETag: etag }));
  const { Errors = [] } = await client.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
  );
  const trouble = Errors.find(({ Code = '' }) => !OTHER_VERSION.has(Code));
  if (trouble !== undefined) {
    throw Object.assign(new Error(`DeleteObjects left ${trouble.Key}`), { name: trouble.Code });
  }
  return new Set(Errors.flatMap(({ Key }) => Key ?? []));
}

async function* foldersBelow(client: S3Client, bucket: string, prefix: string): AsyncGenerator<string> {
  for (let token: string | undefined; ; ) {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        Delimiter: '/',
        ContinuationToken: token,
      }),
    );
    for (const { Prefix = prefix } of page.CommonPrefixes ?? []) yield Prefix.slice(prefix.length, -1);
    token = page.NextContinuationToken;
    if (token === undefined) return;
  }
}

/**
 * The bucket in S3, with the environment's credentials. Needs ListBucket, GetObject, PutObject and DeleteObject
 * (a delete by ETag asks for GetObject too).
 */
export function createS3Bucket(name: string, region: string | undefined): Bucket {
  return createS3BucketWith(name, region === undefined ? {} : { region });
}

export interface S3Access {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The same, reached as told. */
export function createS3BucketWith(name: string, access: S3Access): Bucket {
  const client = new S3Client({
    ...access,
    maxAttempts: 3,
    // Stand-ins by address or plain host name have no name for each bucket.
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: sdkRequestHandler(10_000),
  });

  const signedGet = createSignedGet(client, name);

  async function list({ prefix, after, limit = MAX_KEYS }: ListQuery): Promise<KeyPage> {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: name, Prefix: prefix, StartAfter: after, MaxKeys: limit }),
    );
    const objects = (page.Contents ?? []).flatMap(({ Key, Size }) =>
      Key === undefined ? [] : [{ key: Key, bytes: Size ?? 0 }],
    );
    return { objects, isLast: page.IsTruncated !== true };
  }

  return {
    list,
    folders: (prefix) => foldersBelow(client, name, prefix),
    deleteAll: (versions) => deleteVersions(client, name, versions),
    get: async (key) => {
      const read = await signedGet(key);
      if (read !== undefined) return read === 'absent' ? undefined : read;
      const command = new GetObjectCommand({ Bucket: name, Key: key });
      const found = await unless([404], client.send(command), undefined);
      if (found?.Body === undefined) return undefined;
      return { body: await found.Body.transformToString(), etag: found.ETag ?? '' };
    },
    put: async (key, body, condition) => {
      const command = new PutObjectCommand({
        Bucket: name,
        Key: key,
        Body: body,
        ContentType: 'application/json',
        ...('etag' in condition ? { IfMatch: condition.etag } : { IfNoneMatch: '*' }),
      });
      return (await unless(NOT_MET, client.send(command), undefined))?.ETag;
    },
    delete: async (key, etag) => {
      const command = new DeleteObjectCommand({ Bucket: name, Key: key, IfMatch: etag });
      return (await unless(NOT_MET, client.send(command), undefined)) !== undefined;
    },
  };
}
