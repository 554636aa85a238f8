import { randomBytes } from 'node:crypto';
import { decodeBody, isObject, type JsonObject, jsonOf, seqOf, streamOf, stringOf } from '../kit/body.ts';
import { type Answer, type HttpRequest, header, refuse, startHttpReceiver } from '../kit/http-receiver.ts';
import type { FoundEvent } from '../kit/journal.ts';
import type { StartReceiver } from '../kit/receiver.ts';
import { type ReceiverKind, type ServiceAddress, TEXT_AS_IS } from '../kit/receiver-kind.ts';
import { ANSWERS } from './answers.ts';

// docs.datadoghq.com/api/latest/logs/#send-logs and /logs/log_collection/: limits of the intake.
const MAX_BODY_BYTES = 5_000_000;
const MAX_ENTRIES = 1000;
const MAX_ENTRY_BYTES = 1_000_000;
const MAX_AGE_MS = 18 * 3_600_000;
const MAX_ATTRIBUTES = 256;
const MAX_KEY_CHARS = 50;
const MAX_DEPTH = 10;
const MAX_TAGS = 100;
const MAX_TAG_CHARS = 256;

const RESERVED = ['ddsource', 'ddtags', 'hostname', 'service', 'status'] as const;

/** Beginnings that the status remapper knows; all other words become info. */
const KNOWN_STATUS = /^(emerg|f|a|c|err|w|n|i|d|t|v|o|s)/i;

/** A body as the API answers an error. */
const error = (status: number, title: string, detail?: string): unknown => ({
  errors: [{ status: String(status), title, ...(detail === undefined ? {} : { detail }) }],
});

function shapeOf(value: JsonObject, depth: number): { leaves: number; depth: number; longKey: boolean } {
  const shape = { leaves: 0, depth, longKey: false };
  for (const [key, inner] of Object.entries(value)) {
    shape.longKey ||= key.length >= MAX_KEY_CHARS;
    if (!isObject(inner)) {
      shape.leaves += 1;
      continue;
    }
    const below = shapeOf(inner, depth + 1);
    shape.leaves += below.leaves;
    shape.depth = Math.max(shape.depth, below.depth);
    shape.longKey ||= below.longKey;
  }
  return shape;
}

/** What the service takes, but cuts, drops or misreads. */
function defectsOf(entry: JsonObject, bodyBytes: number): string[] {
  const defects: string[] = [];
  const shape = shapeOf(entry, 1);
  if (shape.leaves >= MAX_ATTRIBUTES) defects.push('an entry has 256 attributes or more');
  if (shape.depth >= MAX_DEPTH) defects.push('an entry is nested 10 levels deep or more');
  if (shape.longKey) defects.push('an attribute name has 50 characters or more');
  if (bodyBytes > MAX_ENTRY_BYTES && Buffer.byteLength(JSON.stringify(entry)) > MAX_ENTRY_BYTES) {
    defects.push('an entry is larger than 1 MB and would be truncated');
  }
  if (typeof entry['status'] === 'string' && !KNOWN_STATUS.test(entry['status'])) {
    defects.push('a status is a word that the service turns into info');
  }
  const tags = typeof entry['ddtags'] === 'string' ? entry['ddtags'].split(',') : [];
  if (tags.length > MAX_TAGS || tags.some((tag) => tag.length > MAX_TAG_CHARS)) {
    defects.push('ddtags has more than 100 tags or a tag longer than 256 characters');
  }
  return defects;
}

/** Why the service would refuse the whole request for this entry; undefined if it would not. */
function fatalDefect(entry: JsonObject): string | undefined {
  if (typeof entry['message'] !== 'string') return 'an entry has no message, or one that is not a string';
  const mistyped = RESERVED.find((key) => entry[key] !== undefined && typeof entry[key] !== 'string');
  return mistyped === undefined ? undefined : `${mistyped} is not a string`;
}

function take(entries: readonly JsonObject[], bodyBytes: number, nowMs: number): Answer {
  const accepted: FoundEvent[] = [];
  const violations: string[] = [];
  for (const entry of entries) {
    violations.push(...defectsOf(entry, bodyBytes));
    const { timestamp } = entry;
    const timeMs = typeof timestamp === 'number' && Number.isSafeInteger(timestamp) ? timestamp : undefined;
    if (timestamp !== undefined && timeMs === undefined) {
      violations.push('a timestamp is not a whole number of milliseconds');
    }
    if (timeMs !== undefined && timeMs < nowMs - MAX_AGE_MS) {
      violations.push('an entry is older than 18 h: answered 202, but dropped');
      continue;
    }
    accepted.push({
      event: entry,
      agent: stringOf(entry['ddsource']),
      worker: stringOf(entry['hostname']),
      stream: streamOf(entry['stream']),
      text: stringOf(entry['message']),
      timeMs,
      seq: seqOf(entry['seq']),
    });
  }
  return { status: 202, body: {}, accepted, violations };
}

function authorize(request: HttpRequest, token: string): Answer | undefined {
  const key = header(request, 'dd-api-key') ?? request.query.get('dd-api-key') ?? '';
  if (key === '') return refuse(401, error(401, 'Unauthorized'), 'the request has no DD-API-KEY');
  if (key !== token) return refuse(403, error(403, 'Forbidden'), 'DD-API-KEY is not the token');
  return undefined;
}

const bad = (detail: string): Answer => refuse(400, error(400, 'Bad Request', detail), detail);
const tooLarge = (detail: string): Answer => refuse(413, error(413, 'Payload Too Large', detail), detail);

function receive(request: HttpRequest, nowMs: number): Answer {
  if (!/^application\/json\b/i.test(header(request, 'content-type') ?? '')) {
    return bad('Content-Type is not application/json');
  }
  const body = decodeBody(request.body, header(request, 'content-encoding'), ['gzip', 'deflate']);
  if (body === undefined) return bad('the body does not have its Content-Encoding');
  if (body.length > MAX_BODY_BYTES) return tooLarge('the body is larger than 5 MB uncompressed');
  const json = jsonOf(body);
  if (json === undefined) return bad('the body is not JSON in UTF-8');
  const values: readonly unknown[] = Array.isArray(json.value) ? json.value : [json.value];
  const entries = values.filter(isObject);
  if (entries.length < values.length) return bad('an entry is not an object');
  if (entries.length > MAX_ENTRIES) return tooLarge('the request has more than 1000 entries');
  for (const entry of entries) {
    const defect = fatalDefect(entry);
    if (defect !== undefined) return bad(defect);
  }
  return take(entries, body.length, nowMs);
}

const settingsAt = ({ scheme, authority, key }: ServiceAddress): Readonly<Record<string, string>> => ({
  DATADOG_TOKEN: key,
  DATADOG_URL: `${scheme}://${authority}`,
});

/** Datadog's log intake. Accepted events are the entries as sent. */
export const startDatadog: StartReceiver = (onAccepted, options) => {
  const token = `pub${randomBytes(16).toString('hex')}`;
  const service = {
    id: 'datadog',
    settings: (authority: string) => settingsAt({ scheme: 'http', authority, key: token }),
    answer: (request: HttpRequest, nowMs: number): Answer => {
      if (request.path !== '/api/v2/logs') {
        return refuse(404, error(404, 'Not Found'), 'the path is not /api/v2/logs');
      }
      if (request.method !== 'POST') {
        return refuse(405, error(405, 'Method Not Allowed'), 'the method is not POST');
      }
      return authorize(request, token) ?? receive(request, nowMs);
    },
  } as const;
  return startHttpReceiver(service, onAccepted, options);
};

export const RECEIVER: ReceiverKind = {
  start: startDatadog,
  protocol: 'http',
  view: { streams: true, ordered: false, ...TEXT_AS_IS },
  settingsAt,
  answers: ANSWERS,
};
