/** An S3 in memory, for the real SDK in front: objects of one part, conditional writes, lists. */
import { randomUUID } from 'node:crypto';
import { createFaults, type Faults } from '../../receivers/kit/faults.ts';
import type { Access } from './access.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import { createObjectStore, type ObjectStore, type StoredObject } from './object-store.ts';
import { type S3Address, s3Address } from './s3-address.ts';
import { listObjects } from './s3-list.ts';
import { type Xml, xmlDocument, xmlElements, xmlTexts } from './s3-xml.ts';
import { startHttpServer } from './server.ts';

export interface S3Options {
  /** They are there from the start; there are no others. */
  readonly buckets: readonly string[];
  readonly faults?: Faults;
  /** Undefined: any credentials will do. */
  readonly access?: Access | undefined;
  /** Clock, epoch ms. */
  readonly now?: () => number;
}

export interface S3 {
  readonly endpoint: string;
  readonly faults: Faults;
  /** The objects, to look at and to change in this process. */
  readonly objects: ObjectStore;
  readonly close: () => Promise<void>;
}

type Answer = (store: ObjectStore, address: S3Address, request: HttpRequest) => HttpResponse;

export async function startS3(options: S3Options): Promise<S3> {
  const { faults = createFaults(), now = Date.now } = options;
  const objects = createObjectStore(options.buckets, now);
  const handle = async (request: HttpRequest): Promise<HttpResponse> => {
    const response = answer(objects, request);
    return { ...response, headers: { 'x-amz-request-id': randomUUID(), ...response.headers } };
  };
  const { endpoint, close } = await startHttpServer({ handle, faults, errorBody, access: options.access });
  return { endpoint, faults, objects, close };
}

/** By method, for an object and for a bucket; POST to a bucket is DeleteObjects. */
const OBJECT_ANSWERS: Readonly<Record<string, Answer>> = {
  PUT: putObject,
  GET: getObject,
  HEAD: getObject,
  DELETE: deleteObject,
};
const BUCKET_ANSWERS: Readonly<Record<string, Answer>> = {
  HEAD: () => ({ status: 200 }),
  GET: (store, { bucket, query }) => {
    if (query.get('list-type') !== '2') return notImplemented();
    return xmlResponse(200, listObjects(bucket, query, store.list(bucket, query.get('prefix') ?? '')));
  },
  POST: deleteObjects,
};

function answer(store: ObjectStore, request: HttpRequest): HttpResponse {
  const address = s3Address(request.headers['host'] ?? '', request.url);
  if (address === undefined) return error(400, 'InvalidURI', 'The path is not percent-encoded.');
  if (!store.has(address.bucket)) return error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const answers = address.key === '' ? BUCKET_ANSWERS : OBJECT_ANSWERS;
  const answerOf = answers[request.method];
  return answerOf === undefined ? notImplemented() : answerOf(store, address, request);
}

function putObject(
  store: ObjectStore,
  { bucket, key, query }: S3Address,
  request: HttpRequest,
): HttpResponse {
  if (query.has('partNumber') || request.headers['x-amz-copy-source'] !== undefined) return notImplemented();
  const refused = refusal(request, store.get(bucket, key));
  if (refused !== undefined) return refused;
  const body = bodyOf(request);
  if (body === undefined) return error(400, 'IncompleteBody', 'The aws-chunked body is not whole.');
  const object = store.put(bucket, {
    key,
    body,
    contentType: request.headers['content-type'] ?? 'application/octet-stream',
    headers: keptHeaders(request.headers),
  });
  return { status: 200, headers: { etag: object.etag } };
}

/** Conditional requests: `If-None-Match: *` for new objects only, `If-Match` for the very object. */
function refusal({ headers }: HttpRequest, existing: StoredObject | undefined): HttpResponse | undefined {
  const failed = error(
    412,
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
  );
  const { 'if-none-match': noneMatch, 'if-match': match } = headers;
  if (noneMatch !== undefined && noneMatch !== '*') return notImplemented();
  if (noneMatch === '*' && existing !== undefined) return failed;
  if (match === undefined) return undefined;
  if (existing === undefined) return noSuchKey();
  return match === existing.etag || `"${match}"` === existing.etag ? undefined : failed;
}

/** `If-Match` deletes the very object alone (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html). */
function deleteObject(store: ObjectStore, { bucket, key }: S3Address, request: HttpRequest): HttpResponse {
  const refused = refusal(request, store.get(bucket, key));
  if (refused !== undefined) return refused;
  store.remove(bucket, key);
  return { status: 204 };
}

function bodyOf({ headers, body }: HttpRequest): Buffer | undefined {
  const isChunked = (headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  return isChunked ? decodeAwsChunked(body) : body;
}

function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  const encodings = (headers['content-encoding'] ?? '').split(',').map((one) => one.trim());
  const encoding = encodings.filter((one) => one !== '' && one !== 'aws-chunked').join(',');
  return { ...Object.fromEntries(metadata), ...(encoding !== '' && { 'content-encoding': encoding }) };
}

function getObject(store: ObjectStore, { bucket, key }: S3Address, { method }: HttpRequest): HttpResponse {
  const object = store.get(bucket, key);
  if (object === undefined) return method === 'HEAD' ? { status: 404 } : noSuchKey();
  const headers = {
    ...object.headers,
    etag: object.etag,
    'content-type': object.contentType,
    'content-length': String(object.body.length),
    'last-modified': new Date(object.modifiedMs).toUTCString(),
  };
  return { status: 200, headers, ...(method === 'GET' && { body: object.body }) };
}

function deleteObjects(
  store: ObjectStore,
  { bucket, query }: S3Address,
  { body }: HttpRequest,
): HttpResponse {
  if (!query.has('delete')) return notImplemented();
  const document = body.toString('utf8');
  const asked = xmlElements(document, 'Object');
  if (asked.length === 0 || asked.length > 1000) return error(400, 'MalformedXML', 'Give 1 to 1000 keys.');
  const isQuiet = xmlTexts(document, 'Quiet').includes('true');
  const rows = asked
    .map((one) => deleteOne(store, bucket, one))
    .filter(([kind]) => !isQuiet || kind === 'Error');
  return xmlResponse(200, xmlDocument('DeleteResult', rows));
}

/** With an ETag only that version goes, and an object that is gone is no such version (DeleteObjects, ObjectIdentifier). */
function deleteOne(store: ObjectStore, bucket: string, asked: string): readonly [string, Xml] {
  const [key = ''] = xmlTexts(asked, 'Key');
  const [etag] = xmlTexts(asked, 'ETag');
  const existing = store.get(bucket, key);
  const failure = (code: string) =>
    [
      'Error',
      [
        ['Key', key],
        ['Code', code],
        ['Message', code],
      ],
    ] as const;
  if (etag !== undefined && existing === undefined) return failure('NoSuchKey');
  if (etag !== undefined && etag !== existing?.etag && `"${etag}"` !== existing?.etag) {
    return failure('PreconditionFailed');
  }
  store.remove(bucket, key);
  return ['Deleted', [['Key', key]]];
}

const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  403: 'AccessDenied',
  404: 'NoSuchKey',
  503: 'SlowDown',
};

/** What S3 says with a status, for faults that give no body. */
function errorBody(status: number): HttpResponse {
  const code = CODE_BY_STATUS[status] ?? (status < 500 ? 'InvalidRequest' : 'InternalError');
  return error(status, code, `a fault that was asked for (${status})`);
}

function noSuchKey(): HttpResponse {
  return error(404, 'NoSuchKey', 'The specified key does not exist.');
}

function notImplemented(): HttpResponse {
  return error(501, 'NotImplemented', 'The stand-in does not have this.');
}

function error(status: number, code: string, message: string): HttpResponse {
  const content = [
    ['Code', code],
    ['Message', message],
  ] as const;
  return xmlResponse(status, xmlDocument('Error', content));
}

function xmlResponse(status: number, body: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/xml' }, body };
}
