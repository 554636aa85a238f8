import { randomUUID } from 'node:crypto';
import { decodeBody, isObject, type JsonObject, seqOf, streamOf, stringOf } from '../kit/body.ts';
import { type Answer, type HttpRequest, header, refuse, startHttpReceiver } from '../kit/http-receiver.ts';
import type { FoundEvent } from '../kit/journal.ts';
import type { OnAccepted, Receiver, ReceiverOptions } from '../kit/receiver.ts';
import { type ReceiverKind, type ServiceAddress, TEXT_AS_IS } from '../kit/receiver-kind.ts';
import { ANSWERS } from './answers.ts';
import { type SplunkObject, splunkObjects } from './events.ts';

/** What old versions and Splunk Cloud take (limits.conf, max_content_length). */
const MAX_BODY_BYTES = 1_000_000;

const PATHS = ['/services/collector', '/services/collector/event', '/services/collector/event/1.0'];
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const METADATA = ['host', 'source', 'sourcetype', 'index'] as const;

/** HTTP status and text of the collector's codes (docs.splunk.com, HTTP Event Collector troubleshooting). */
const CODES = {
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  15: [400, 'Error in handling indexed fields'],
  16: [400, 'Query string authorization is not enabled'],
} as const;
type Code = keyof typeof CODES;
/** A code and what was wrong. */
type Defect = readonly [Code, string];

export interface SplunkOptions extends ReceiverOptions {
  /** The token has indexer acknowledgment: requests need a channel. */
  readonly ack?: boolean;
  /** What the token may write to; the first is the default. */
  readonly indexes?: readonly string[];
}

function fail(code: Code, violation: string): Answer {
  const [status, text] = CODES[code];
  return refuse(status, { text, code }, violation);
}

/** The code that stops the request at this event, and why; undefined if it is good. */
function defectOf(object: SplunkObject, indexes: readonly string[]): Defect | undefined {
  const { value, source } = object;
  const { event, time, fields, index } = value;
  if (event === undefined || event === null) return [12, 'an event has no event field'];
  if (event === '') return [13, 'an event field is blank'];
  const mistyped = METADATA.find((key) => value[key] !== undefined && typeof value[key] !== 'string');
  if (mistyped !== undefined) return [6, `${mistyped} is not a string`];
  if (typeof index === 'string' && !indexes.includes(index)) return [7, 'an index is not one of the token'];
  if (typeof time === 'number' && /"time"\s*:\s*-?[\d.]+e/i.test(source)) {
    return [15, 'a time is in scientific notation'];
  }
  const isFlat = isObject(fields) && Object.values(fields).every((field) => !isObject(field));
  return fields === undefined || isFlat ? undefined : [15, 'fields is not a flat object'];
}

function foundEvent(value: JsonObject): FoundEvent {
  const event = isObject(value['event']) ? value['event'] : {};
  const { time } = value;
  return {
    event: value,
    agent: stringOf(event['agent_id']),
    worker: stringOf(value['host']),
    stream: streamOf(event['stream']),
    text: typeof value['event'] === 'string' ? value['event'] : stringOf(event['message']),
    timeMs: typeof time === 'number' ? Math.round(time * 1000) : undefined,
    seq: seqOf(event['seq']),
  };
}

/** Reads events in order; those before a bad one are indexed all the same. */
function indexEvents(body: Buffer, indexes: readonly string[], success: () => unknown): Answer {
  const accepted: FoundEvent[] = [];
  const violations: string[] = [];
  for (const object of splunkObjects(body)) {
    const defect: Defect | undefined =
      object === undefined ? [6, 'an event is not a JSON object'] : defectOf(object, indexes);
    if (defect !== undefined) {
      const [code, why] = defect;
      const [status, text] = CODES[code];
      const answer = { text, code, 'invalid-event-number': accepted.length };
      return { status, body: answer, accepted, violations: [...violations, why] };
    }
    if (object === undefined) break;
    if (typeof object.value['time'] !== 'number') violations.push('an event has no time that is a number');
    accepted.push(foundEvent(object.value));
  }
  if (accepted.length === 0) return fail(5, 'the body has no events');
  return { status: 200, body: success(), accepted, violations };
}

function authorize(request: HttpRequest, token: string): Answer | undefined {
  if (request.query.has('token')) return fail(16, 'the token is in the query');
  const authorization = header(request, 'authorization');
  if (authorization === undefined) return fail(2, 'the request has no Authorization');
  const [, given] = /^Splunk (\S+)$/.exec(authorization) ?? [];
  if (given === undefined) return fail(3, 'Authorization is not of the form "Splunk TOKEN"');
  return given === token ? undefined : fail(4, 'the token is not the right one');
}

function channelDefect(request: HttpRequest, ack: boolean): Answer | undefined {
  const channel = header(request, 'x-splunk-request-channel') ?? request.query.get('channel');
  if (channel === null) return ack ? fail(10, 'the token needs a channel and there is none') : undefined;
  return GUID.test(channel) ? undefined : fail(11, 'the channel is not a GUID');
}

const settingsAt = ({ scheme, authority, key }: ServiceAddress): Readonly<Record<string, string>> => ({
  LOGS_ENABLE_SPLUNK: '1',
  SPLUNK_HEC_TOKEN: key,
  SPLUNK_HEC_URL: `${scheme}://${authority}`,
});

/** Splunk's HTTP Event Collector. Accepted events are the objects as sent. */
export function startSplunk(
  onAccepted: OnAccepted,
  { ack = false, indexes = ['main', 'agents'], ...options }: SplunkOptions = {},
): Promise<Receiver> {
  const token = randomUUID();
  let ackId = 0;
  const service = {
    id: 'splunk',
    settings: (authority: string) => settingsAt({ scheme: 'http', authority, key: token }),
    answer: (request: HttpRequest): Answer => {
      const notFound = { text: 'The requested URL was not found on this server.', code: 404 };
      if (!PATHS.includes(request.path)) return refuse(404, notFound, 'the path is not the collector');
      if (request.method !== 'POST') return refuse(405, 'Method Not Allowed', 'the method is not POST');
      const refused = authorize(request, token) ?? channelDefect(request, ack);
      if (refused !== undefined) return refused;
      const body = decodeBody(request.body, header(request, 'content-encoding'), ['gzip']);
      if (body === undefined) return fail(6, 'the body does not have its Content-Encoding');
      if (body.length > MAX_BODY_BYTES) {
        return refuse(413, 'Content-Length exceeds maximum', 'the body is larger than 1 MB uncompressed');
      }
      return indexEvents(body, indexes, () => ({
        text: 'Success',
        code: 0,
        ...(ack ? { ackId: ackId++ } : {}),
      }));
    },
  } as const;
  return startHttpReceiver(service, onAccepted, options);
}

export const RECEIVER: ReceiverKind = {
  start: startSplunk,
  protocol: 'http',
  view: { streams: true, ordered: false, ...TEXT_AS_IS },
  settingsAt,
  answers: ANSWERS,
};
