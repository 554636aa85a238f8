import type { Bucket, Listed } from '../../../shared/parking/bucket.ts';
import { parseWaitingObject } from '../../../shared/parking/waiting-object.ts';
import type { Folder } from '../agents/folders.ts';

/** An object in a listing. */
export interface Found {
  readonly folder: Folder;
  readonly listed: Listed;
}

/** An object on its way: the version that was read. */
export interface Parcel {
  readonly folder: Folder;
  readonly key: string;
  readonly etag: string;
  /** JSON: an event that a function takes as it is; undefined if it cannot be read. */
  readonly body: string | undefined;
  /** Lines in it, as it says. */
  readonly lines: number;
}

/** What our own writer puts first and last, so that most objects need not be parsed. */
const HEAD = '{"version":1,"redrive":true,';
const RECORDS = '"Records":[';
const TAIL = ']}';
const LINES = /"lines":(\d{1,9})[,}]/;

function isOurs(body: string): boolean {
  return body.startsWith(HEAD) && body.endsWith(TAIL) && body.includes(RECORDS);
}

/** In our own form, whoever wrote it. */
function readable(body: string): string | undefined {
  if (isOurs(body)) return body;
  const object = parseWaitingObject(body);
  return object?.functionArn === undefined ? object?.body() : undefined;
}

/** Reads an object; undefined if it is gone. */
export async function fetchParcel(
  { folder, listed: { key } }: Found,
  bucket: Bucket,
): Promise<Parcel | undefined> {
  const stored = await bucket.get(key);
  if (stored === undefined) return undefined;
  const body = readable(stored.body);
  return { folder, key, etag: stored.etag, body, lines: Number(LINES.exec(body ?? '')?.[1] ?? 0) };
}

/** An event's objects together; one that is larger goes alone. */
export const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** As many of them, from the first on, as fit into an event. */
export function thatFit<T extends Found>(found: readonly T[], maxBytes: number): readonly T[] {
  let bytes = 0;
  const end = found.findIndex(({ listed }, i) => {
    bytes += listed.bytes;
    return i > 0 && bytes > maxBytes;
  });
  return end < 0 ? found : found.slice(0, end);
}
