/** ListObjectsV2: prefix, delimiter, pages. */
import type { StoredObject } from './object-store.ts';
import { type Xml, xmlDocument } from './s3-xml.ts';

const MAX_KEYS = 1000;

/** A row of the answer: an object, or all keys up to a delimiter as one. */
type Row = { readonly name: string; readonly object?: StoredObject };

/** `objects` are those below the prefix, sorted. */
export function listObjects(
  bucket: string,
  query: URLSearchParams,
  objects: readonly StoredObject[],
): string {
  const prefix = query.get('prefix') ?? '';
  const maxKeys = Math.min(Number(query.get('max-keys') ?? MAX_KEYS), MAX_KEYS);
  const token = fromToken(query.get('continuation-token'));
  // With a token it is left out of account; without, keys of a folder behind it still show that folder.
  const startAfter = token === undefined ? (query.get('start-after') ?? '') : '';
  const rows = rowsOf(
    objects.filter(({ key }) => isAfter(key, startAfter)),
    prefix,
    query.get('delimiter') ?? '',
  ).filter(({ name }) => isAfter(name, token ?? ''));
  const page = rows.slice(0, maxKeys);
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text;
  const isTruncated = rows.length > page.length;
  const last = page.at(-1);
  const content: (readonly [string, Xml])[] = [
    ['Name', bucket],
    ['Prefix', encode(prefix)],
    ['MaxKeys', maxKeys],
    ['KeyCount', page.length],
    ['IsTruncated', isTruncated],
  ];
  if (isTruncated && last !== undefined) content.push(['NextContinuationToken', toToken(last.name)]);
  for (const { name, object } of page) {
    if (object === undefined) content.push(['CommonPrefixes', [['Prefix', encode(name)]]]);
    else content.push(['Contents', describe(object, encode)]);
  }
  return xmlDocument('ListBucketResult', content);
}

function rowsOf(objects: readonly StoredObject[], prefix: string, delimiter: string): Row[] {
  if (delimiter === '') return objects.map((object) => ({ name: object.key, object }));
  const rows = new Map<string, Row>();
  for (const object of objects) {
    const cut = object.key.indexOf(delimiter, prefix.length);
    const name = cut === -1 ? object.key : object.key.slice(0, cut + delimiter.length);
    if (!rows.has(name)) rows.set(name, cut === -1 ? { name, object } : { name });
  }
  return [...rows.values()];
}

function describe({ key, etag, body, modifiedMs }: StoredObject, encode: (text: string) => string): Xml {
  return [
    ['Key', encode(key)],
    ['LastModified', new Date(modifiedMs).toISOString()],
    ['ETag', etag],
    ['Size', body.length],
    ['StorageClass', 'STANDARD'],
  ];
}

function isAfter(name: string, after: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0;
}

function toToken(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function fromToken(token: string | null): string | undefined {
  return token === null ? undefined : Buffer.from(token, 'base64url').toString();
}
