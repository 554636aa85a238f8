import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { decodeBody } from './body.ts';
import { closer } from './close-server.ts';
import { createFaults, type FaultAction } from './faults.ts';
import { isReset } from './is-reset.ts';
import { createJournal, type FoundEvent, type Journal } from './journal.ts';
import { portOf } from './port.ts';
import type { OnAccepted, Receiver, ReceiverOptions } from './receiver.ts';

/** No service takes as much; what goes beyond is not kept. */
const MAX_WIRE_BYTES = 64 * 1024 * 1024;

/** A request that has come in whole. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** As on the wire, still encoded. */
  readonly body: Buffer;
}

/** What a service makes of a request. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, a string as it is. */
  readonly body: unknown;
  readonly accepted?: readonly FoundEvent[];
  readonly violations?: readonly string[];
}

/** A service that is spoken to over HTTP. */
export interface HttpService {
  readonly id: string;
  /** That send a function to this host and port. */
  readonly settings: (authority: string) => Readonly<Record<string, string>>;
  readonly answer: (request: HttpRequest, nowMs: number) => Answer;
}

/** An answer that takes nothing, and why that is the sender's fault. */
export function refuse(status: number, body: unknown, violation: string): Answer {
  return { status, body, violations: [violation] };
}

/** A header's one value. */
export function header(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The whole body, or undefined if the client left before its end or sent too much. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_WIRE_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

type Reply = Pick<Answer, 'status' | 'headers' | 'body'>;

function send(response: ServerResponse, answer: Reply): void {
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  const type = typeof answer.body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(answer.status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  });
  response.end(body);
}

/** Which of a request's events are taken: from, to. */
type EventRange = readonly [from: number, to: number];

/** A request, and what can be done with it. */
interface Misbehaving {
  readonly request: HttpRequest;
  readonly take: (part?: EventRange) => Answer;
  readonly reset: () => unknown;
}

function isMet(
  { holds = [], largerThan = Number.POSITIVE_INFINITY }: Extract<FaultAction, { kind: 'status-if' }>,
  request: HttpRequest,
): boolean {
  if (request.body.length > largerThan) return true;
  const body = decodeBody(request.body, header(request, 'content-encoding'), ['gzip', 'deflate', 'br']);
  return body !== undefined && holds.some((text) => body.includes(text));
}

/** The answer that a fault puts in place of the service's own; undefined if there is none to send. */
function misbehave(fault: FaultAction, { request, take, reset }: Misbehaving): Reply | undefined {
  if (fault.kind === 'hang') return undefined;
  if (fault.kind === 'accept-then-status') take(fault.events);
  if (fault.kind === 'reset' && fault.when === 'after') take();
  if ('status' in fault && (fault.kind !== 'status-if' || isMet(fault, request))) {
    return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' };
  }
  if (fault.kind !== 'reset') return take();
  reset();
  return undefined;
}

function takeInto(journal: Journal, answer: Answer, part: EventRange | undefined): Answer {
  journal.violate(answer.violations ?? []);
  journal.accept((answer.accepted ?? []).slice(...(part ?? [])));
  return answer;
}

/** On a busy machine a request may wait until its client has given up and sends it again: it is then not taken. */
async function hasLeft({ socket }: IncomingMessage): Promise<boolean> {
  await nextTurn();
  return socket.destroyed || isReset(socket);
}

/** Serves a service on 127.0.0.1, on a free port, until `close`. */
export async function startHttpReceiver(
  service: HttpService,
  onAccepted: OnAccepted,
  { faults = createFaults(), now = Date.now }: ReceiverOptions = {},
): Promise<Receiver> {
  const journal = createJournal(onAccepted, now);
  const closing = new AbortController();

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    journal.seen();
    const fault = faults.next();
    const body = await bodyOf(incoming);
    if (body === undefined) {
      incoming.destroy();
      return;
    }
    if (fault?.kind === 'delay') {
      await sleep(fault.ms, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    if ((await hasLeft(incoming)) || closing.signal.aborted) return;
    const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
    const request: HttpRequest = {
      method: incoming.method ?? 'GET',
      path,
      query: new URLSearchParams(query),
      headers: incoming.headers,
      body,
    };
    const take = (part?: EventRange): Answer => takeInto(journal, service.answer(request, now()), part);
    const reset = (): unknown => incoming.socket.resetAndDestroy();
    const reply = fault === undefined ? take() : misbehave(fault, { request, take, reset });
    if (reply !== undefined) send(response, reply);
  }

  const server = createServer((incoming, response) => void serve(incoming, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    id: service.id,
    settings: service.settings(`127.0.0.1:${portOf(server)}`),
    faults,
    requests: journal.requests,
    violations: journal.violations,
    close: closer(server, () => {
      closing.abort();
      server.closeAllConnections();
    }),
  };
}
