import { randomBytes, randomUUID } from 'node:crypto';
import { decodeBody, isObject, type JsonObject, jsonOf, seqOf, streamOf, stringOf } from '../kit/body.ts';
import { type Answer, type HttpRequest, header, refuse, startHttpReceiver } from '../kit/http-receiver.ts';
import type { FoundEvent } from '../kit/journal.ts';
import type { StartReceiver } from '../kit/receiver.ts';
import { type ReceiverKind, type ServiceAddress, TEXT_AS_IS } from '../kit/receiver-kind.ts';
import { ANSWERS } from './answers.ts';

// docs.newrelic.com/docs/logs/log-api/introduction-log-api/ (limits, restricted attributes).
const MAX_POST_BYTES = 1_000_000;
const MAX_ATTRIBUTES = 255;
const MAX_NAME_CHARS = 255;
const MAX_VALUE_BYTES = 128 * 1024;
const MAX_AGE_MS = 48 * 3_600_000;
const RESTRICTED = /^(accountId$|eventType$|entity\.|instrumentation\.)/;

/** Numbers below are seconds: as milliseconds they would lie in 1973. */
const SECONDS_BELOW = 100_000_000_000;

const KEY_HEADERS = ['api-key', 'x-license-key', 'x-insert-key'] as const;

function timeOf(timestamp: unknown): number | undefined {
  if (typeof timestamp === 'number' && Number.isSafeInteger(timestamp)) {
    return timestamp < SECONDS_BELOW ? timestamp * 1000 : timestamp;
  }
  const parsed = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** What the service takes, but cuts, drops or ignores. */
function defectsOf(event: JsonObject): string[] {
  const defects: string[] = [];
  const names = Object.keys(event);
  if (names.length > MAX_ATTRIBUTES) defects.push('an event has more than 255 attributes');
  if (names.some((name) => name.length > MAX_NAME_CHARS)) defects.push('an attribute name is too long');
  if (names.some((name) => RESTRICTED.test(name))) defects.push('an attribute has a restricted name');
  for (const value of Object.values(event)) {
    if (typeof value === 'object') defects.push('an attribute is not a string, number or boolean');
    // Three bytes are the most that one UTF-16 unit takes.
    else if (typeof value === 'string' && value.length > MAX_VALUE_BYTES / 3) {
      if (Buffer.byteLength(value) > MAX_VALUE_BYTES) defects.push('a value is longer than 128 KB');
    }
  }
  if (typeof event['message'] !== 'string') defects.push('an event has no message');
  if (event['timestamp'] !== undefined && timeOf(event['timestamp']) === undefined) {
    defects.push('a timestamp is neither epoch milliseconds or seconds nor ISO 8601');
  }
  return defects;
}

/** An object with its `attributes` lifted to the top; undefined if they are no object. */
function lift(value: unknown): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const { attributes = {}, ...own } = value;
  return isObject(attributes) ? { ...own, ...attributes } : undefined;
}

/** The flat events of a body in detailed or simple form; undefined if it is neither. */
function eventsOf(body: unknown): JsonObject[] | undefined {
  const elements: readonly unknown[] = Array.isArray(body) ? body : [body];
  const events: (JsonObject | undefined)[] = [];
  for (const element of elements) {
    if (!isObject(element) || !('logs' in element)) {
      events.push(lift(element));
      continue;
    }
    const { logs } = element;
    const common = lift(element['common'] ?? {});
    // The detailed form is an array, even of one object.
    if (!Array.isArray(body) || !Array.isArray(logs) || common === undefined) return undefined;
    for (const log of logs) {
      const own = lift(log);
      events.push(own === undefined ? undefined : { ...common, ...own });
    }
  }
  const good = events.filter((event) => event !== undefined);
  return good.length === events.length ? good : undefined;
}

function take(events: readonly JsonObject[], large: boolean, nowMs: number): Answer {
  const violations = large ? ['the body is larger than 1 MB uncompressed'] : [];
  const accepted: FoundEvent[] = [];
  for (const event of events) {
    violations.push(...defectsOf(event));
    const timeMs = timeOf(event['timestamp']);
    if (timeMs !== undefined && timeMs < nowMs - MAX_AGE_MS) {
      violations.push('an event is older than 48 h: answered 202, but dropped');
      continue;
    }
    accepted.push({
      event,
      agent: stringOf(event['agentId']),
      worker: stringOf(event['workerId']),
      stream: streamOf(event['stream']),
      text: stringOf(event['message']),
      timeMs,
      seq: seqOf(event['seq']),
    });
  }
  return { status: 202, body: { requestId: randomUUID() }, accepted, violations };
}

function receive(request: HttpRequest, nowMs: number): Answer {
  const mediaType = /^application\/(json|gzip)\b/i.exec(header(request, 'content-type') ?? '')?.[1];
  if (mediaType === undefined) return refuse(415, {}, 'Content-Type is not JSON');
  if (header(request, 'content-length') === undefined && header(request, 'transfer-encoding') === undefined) {
    return refuse(411, {}, 'the request does not say its length');
  }
  if (request.body.length > MAX_POST_BYTES) return refuse(413, {}, 'the body is larger than 1 MB as sent');
  const encoding = header(request, 'content-encoding') ?? (mediaType === 'gzip' ? 'gzip' : 'identity');
  if (!/^(gzip|identity)$/i.test(encoding)) return refuse(415, {}, 'Content-Encoding is not gzip');
  const body = decodeBody(request.body, encoding, ['gzip']);
  if (body === undefined) return refuse(400, {}, 'the body is not gzip');
  return takeBody(body, nowMs);
}

function takeBody(body: Buffer, nowMs: number): Answer {
  const json = jsonOf(body);
  if (json === undefined) return refuse(400, {}, 'the body is not JSON in UTF-8');
  const events = eventsOf(json.value);
  if (events === undefined) return refuse(400, {}, 'the body has neither the detailed nor the simple form');
  return take(events, body.length > MAX_POST_BYTES, nowMs);
}

const settingsAt = ({ scheme, authority, key }: ServiceAddress): Readonly<Record<string, string>> => ({
  NEW_RELIC_LICENSE_KEY: key,
  NEW_RELIC_URL: `${scheme}://${authority}`,
});

/** New Relic's Log API. Accepted events have common and own `attributes` lifted to the top. */
export const startNewRelic: StartReceiver = (onAccepted, options) => {
  // A US key: 36 hexadecimal digits and the suffix of licence keys.
  const licence = `${randomBytes(18).toString('hex')}NRAL`;
  const service = {
    id: 'newrelic',
    settings: (authority: string) => settingsAt({ scheme: 'http', authority, key: licence }),
    answer: (request: HttpRequest, nowMs: number): Answer => {
      if (request.path !== '/log/v1') return refuse(404, {}, 'the path is not /log/v1');
      if (request.method !== 'POST') return refuse(405, {}, 'the method is not POST');
      const key =
        KEY_HEADERS.map((name) => header(request, name)).find((value) => value !== undefined) ??
        request.query.get('Api-Key');
      if (key !== licence) return refuse(403, {}, 'Api-Key is missing or not the licence key');
      return receive(request, nowMs);
    },
  } as const;
  return startHttpReceiver(service, onAccepted, options);
};

export const RECEIVER: ReceiverKind = {
  start: startNewRelic,
  protocol: 'http',
  view: { streams: true, ordered: false, ...TEXT_AS_IS },
  settingsAt,
  answers: ANSWERS,
};
