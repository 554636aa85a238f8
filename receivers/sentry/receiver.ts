import { randomBytes } from 'node:crypto';
import {
  type ContentEncoding,
  decodeBody,
  isObject,
  type JsonObject,
  jsonOf,
  seqOf,
  streamOf,
  stringOf,
} from '../kit/body.ts';
import { type Answer, type HttpRequest, header, refuse, startHttpReceiver } from '../kit/http-receiver.ts';
import type { FoundEvent } from '../kit/journal.ts';
import type { StartReceiver } from '../kit/receiver.ts';
import { type ReceiverKind, type ServiceAddress, TEXT_AS_IS } from '../kit/receiver-kind.ts';
import { ANSWERS } from './answers.ts';
import { type Envelope, type EnvelopeItem, parseEnvelope } from './envelope.ts';
import { defectsOf, dropReason, hasLoneSurrogate } from './log.ts';

// develop.sentry.dev/sdk/telemetry/logs/ and getsentry/relay (container.rs, sizes.rs, normalize.rs).
const MAX_LOGS = 100;
const MAX_LOG_BYTES = 1024 * 1024;
const MAX_CONTAINER_BYTES = 12 * 1024 * 1024;
/** From this drift on all times are shifted. */
const MAX_DRIFT_MS = 55 * 60_000;
const LOG_CONTENT_TYPE = 'application/vnd.sentry.items.log+json';
const ENCODINGS: readonly ContentEncoding[] = ['gzip', 'deflate', 'br'];
const PROJECT = '1';

const detail = (words: string): unknown => ({ detail: words });
const invalid = (violation: string): Answer => refuse(400, detail('invalid event envelope'), violation);

/** `sentry_key` of the header, of the query and of the DSN, as far as they are there. */
function keysOf(request: HttpRequest, envelope: Envelope | undefined): string[] {
  const auth = header(request, 'x-sentry-auth') ?? '';
  const dsn = envelope?.header['dsn'];
  const keys = [
    /^Sentry .*\bsentry_key=(\w+)/i.exec(auth)?.[1],
    request.query.get('sentry_key') ?? undefined,
    typeof dsn === 'string' && URL.canParse(dsn) ? new URL(dsn).username : undefined,
  ];
  return keys.filter((key) => key !== undefined);
}

function authorize(request: HttpRequest, envelope: Envelope | undefined, key: string): Answer | undefined {
  const keys = keysOf(request, envelope);
  if (keys.length === 0) {
    return refuse(401, detail('missing authorization information'), 'the request names no sentry_key');
  }
  const auth = header(request, 'x-sentry-auth');
  if (auth !== undefined && !/\bsentry_version=7\b/.test(auth)) {
    return refuse(401, detail('unsupported protocol version'), 'X-Sentry-Auth does not name version 7');
  }
  if (new Set(keys).size > 1) {
    return refuse(401, detail('conflicting authorization information'), 'the request names several keys');
  }
  if (keys[0] === key) return undefined;
  return refuse(403, detail('event submission rejected with_reason: ProjectId'), 'sentry_key is not the key');
}

/** The one log item, or why the envelope is refused. */
function logItemOf({ items }: Envelope): EnvelopeItem | Answer {
  const logs = items.filter((item) => item.header['type'] === 'log');
  const [only] = logs;
  if (only === undefined) return invalid('the envelope has no log item');
  if (logs.length > 1) return invalid('the envelope has more than one log item');
  if (only.header['content_type'] !== LOG_CONTENT_TYPE) return invalid('content_type is not that of logs');
  if (only.payload.length > MAX_CONTAINER_BYTES) {
    return refuse(413, detail('envelope exceeded size limits for type log'), 'the item is too large');
  }
  return only;
}

function logsOf(item: EnvelopeItem): readonly unknown[] | Answer {
  const json = jsonOf(item.payload);
  // UTF-8 has no surrogates, so only an escape can bring one; most payloads need no further look.
  const hasEscaped = item.payload.includes('\\ud') || item.payload.includes('\\uD');
  if (json === undefined || (hasEscaped && hasLoneSurrogate(json.value)))
    return invalid('the item is not well-formed JSON');
  const logs = isObject(json.value) ? json.value['items'] : undefined;
  if (!Array.isArray(logs)) return invalid('the item has no list of logs');
  if (item.header['item_count'] !== logs.length) return invalid('item_count is not the number of logs');
  const large = item.payload.length > MAX_LOG_BYTES;
  if (large && logs.some((log) => Buffer.byteLength(JSON.stringify(log)) > MAX_LOG_BYTES)) {
    return refuse(413, detail('envelope exceeded size limits for type log'), 'a log is larger than 1 MiB');
  }
  return logs as readonly unknown[];
}

/** What is wrong with the envelope although it is taken. */
function envelopeDefects(request: HttpRequest, { header: head, items }: Envelope, nowMs: number): string[] {
  const defects: string[] = [];
  const { sent_at: sentAt } = head;
  const sentMs = typeof sentAt === 'string' ? Date.parse(sentAt) : Number.NaN;
  if (Number.isNaN(sentMs)) defects.push('the envelope has no sent_at');
  else if (Math.abs(nowMs - sentMs) >= MAX_DRIFT_MS) {
    defects.push('sent_at is 55 min or more off: all times would be shifted');
  }
  if (items.length > 1) defects.push('the envelope has items beside its logs');
  if (header(request, 'content-type') !== 'application/x-sentry-envelope') {
    defects.push('Content-Type is not application/x-sentry-envelope');
  }
  return defects;
}

function attributeOf(log: JsonObject, name: string): unknown {
  const { attributes } = log;
  const attribute = isObject(attributes) ? attributes[name] : undefined;
  return isObject(attribute) ? attribute['value'] : undefined;
}

function foundEvent(log: JsonObject): FoundEvent {
  return {
    event: log,
    agent: stringOf(attributeOf(log, 'agent_id')),
    worker: stringOf(attributeOf(log, 'worker_id')),
    stream: streamOf(attributeOf(log, 'stream')),
    text: stringOf(log['body']),
    timeMs: Math.round(Number(log['timestamp']) * 1000),
    seq: seqOf(attributeOf(log, 'sentry.timestamp.sequence')),
  };
}

const isAnswer = (value: object): value is Answer => 'status' in value;

function receive(request: HttpRequest, envelope: Envelope | undefined, nowMs: number): Answer {
  if (envelope === undefined) return invalid('the body is not an envelope');
  const item = logItemOf(envelope);
  if (isAnswer(item)) return item;
  const logs = logsOf(item);
  if (isAnswer(logs)) return logs;
  const violations = envelopeDefects(request, envelope, nowMs);
  if (logs.length > MAX_LOGS) violations.push('the item has more than 100 logs');
  const accepted: FoundEvent[] = [];
  for (const log of logs) {
    const reason = dropReason(log, nowMs);
    if (reason !== undefined) violations.push(`${reason}: answered 200, but dropped`);
    else if (isObject(log)) {
      violations.push(...defectsOf(log));
      accepted.push(foundEvent(log));
    }
  }
  return { status: 200, body: {}, accepted, violations };
}

const settingsAt = ({ scheme, authority, key }: ServiceAddress): Readonly<Record<string, string>> => ({
  SENTRY_DSN: `${scheme}://${key}@${authority}/${PROJECT}`,
});

/** Sentry's envelope endpoint for logs. Accepted events are the log items. */
export const startSentry: StartReceiver = (onAccepted, options) => {
  const key = randomBytes(16).toString('hex');
  const service = {
    id: 'sentry',
    settings: (authority: string) => settingsAt({ scheme: 'http', authority, key }),
    answer: (request: HttpRequest, nowMs: number): Answer => {
      if (request.path !== `/api/${PROJECT}/envelope/`) {
        return refuse(404, detail('not found'), 'the path is not that of the project');
      }
      if (request.method !== 'POST') return refuse(405, detail('not allowed'), 'the method is not POST');
      // An encoding that the service does not know counts as none.
      const encoding = header(request, 'content-encoding');
      const known = ENCODINGS.some((name) => name === encoding?.toLowerCase());
      const body = decodeBody(request.body, known ? encoding : undefined, ENCODINGS);
      const envelope = body === undefined ? undefined : parseEnvelope(body);
      return authorize(request, envelope, key) ?? receive(request, envelope, nowMs);
    },
  } as const;
  return startHttpReceiver(service, onAccepted, options);
};

export const RECEIVER: ReceiverKind = {
  start: startSentry,
  protocol: 'http',
  view: { streams: false, ordered: false, ...TEXT_AS_IS },
  settingsAt,
  answers: ANSWERS,
};
