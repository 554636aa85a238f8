/** One HTTP server for all stand-ins: HTTP/1.1 and HTTP/2 with prior knowledge on one port, and faults. */
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultAction, Faults } from '../../receivers/kit/faults.ts';
import { type Access, refusalOf } from './access.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';

/** Does the work of one request; `fault` is set for `fail-records` alone, all others are dealt with here. */
export type Handle = (request: HttpRequest, fault: FaultAction | undefined) => Promise<HttpResponse>;

export interface HttpServerOptions {
  readonly handle: Handle;
  readonly faults: Faults;
  /** What the service would say with this status, for faults that give no body. */
  readonly errorBody: (status: number) => HttpResponse;
  /** Undefined: any credentials will do. */
  readonly access?: Access | undefined;
}

export interface HttpServer {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Ends open connections and waits until the port is free. */
  readonly close: () => Promise<void>;
}

interface Exchange {
  readonly request: HttpRequest;
  readonly respond: (response: HttpResponse) => void;
  /** Cuts the TCP connection with RST. */
  readonly reset: () => void;
}

type Incoming = http.IncomingMessage | http2.Http2ServerRequest;
type Outgoing = http.ServerResponse | http2.Http2ServerResponse;

/** More than any request that a service takes (Kinesis: 10 MiB, which base64 makes 13.4 MiB). */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** The default of 64 KiB makes a client wait for a window update 64 times in a 4 MiB request. */
const HTTP2_WINDOW_BYTES = 16 * 1024 * 1024;
/** First bytes of HTTP/2's connection preface, RFC 9113 section 3.4; no HTTP/1.1 method begins so. */
const HTTP2_PREFACE = 'PRI';

/** Starts a server on a free port of 127.0.0.1. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const closing = new AbortController();
  const sockets = new Set<net.Socket>();
  const socketOf = new WeakMap<http2.Http2Session, net.Socket>();

  const serve = async (incoming: Incoming, outgoing: Outgoing): Promise<void> => {
    const session = 'stream' in incoming ? incoming.stream.session : undefined;
    const socket = session === undefined ? incoming.socket : socketOf.get(session);
    const body = await readBody(incoming);
    if (body === undefined) return;
    const exchange = {
      request: { method: incoming.method ?? 'GET', url: incoming.url ?? '/', headers: flat(incoming), body },
      respond: (response: HttpResponse) => write(outgoing, response),
      reset: () => socket?.resetAndDestroy(),
    };
    const refusal = refusalOf(exchange.request.headers, options.access, options.errorBody(403));
    if (refusal !== undefined) exchange.respond(refusal);
    else await answer(exchange, options, closing.signal);
  };
  const onRequest = (incoming: Incoming, outgoing: Outgoing): void => void serve(incoming, outgoing);

  const http1 = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, onRequest);
  const h2c = http2.createServer({ settings: { initialWindowSize: HTTP2_WINDOW_BYTES } }, onRequest);
  h2c.on('sessionError', () => {});
  const front = net.createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    sniff(socket, (isHttp2) => {
      if (!isHttp2) return http1.emit('connection', socket);
      h2c.once('session', (session) => {
        socketOf.set(session, socket);
        session.setLocalWindowSize(HTTP2_WINDOW_BYTES);
      });
      return h2c.emit('connection', socket);
    });
  });

  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const address = front.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: async () => {
      closing.abort();
      const closed = new Promise<void>((resolve) => front.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Looks at the first bytes of a connection and puts them back. */
function sniff(socket: net.Socket, found: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const look = (): void => {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) return;
    seen = Buffer.concat([seen, bytes]);
    if (seen.length < HTTP2_PREFACE.length) return;
    socket.off('readable', look);
    socket.unshift(seen);
    found(seen.toString('latin1', 0, HTTP2_PREFACE.length) === HTTP2_PREFACE);
  };
  socket.on('readable', look);
}

/** The whole body; undefined if the peer went away or sent more than any service takes. */
async function readBody(incoming: Incoming): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) {
        incoming.destroy();
        return undefined;
      }
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks, length);
}

function flat(incoming: Incoming): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '');
  }
  headers['host'] ??= headers[':authority'] ?? '';
  return headers;
}

function write(outgoing: Outgoing, response: HttpResponse): void {
  if (outgoing.destroyed) return;
  const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
  const headers = { ...response.headers };
  headers['content-length'] ??= String(body?.length ?? 0);
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  outgoing.statusCode = response.status;
  outgoing.end(body ?? '');
}

async function answer(exchange: Exchange, options: HttpServerOptions, signal: AbortSignal): Promise<void> {
  const fault = options.faults.next();
  const work = (): Promise<HttpResponse> => options.handle(exchange.request, fault);
  switch (fault?.kind) {
    case 'hang':
      return;
    case 'status':
      exchange.respond(faultResponse(fault, options));
      return;
    case 'accept-then-status':
      await work();
      exchange.respond(faultResponse(fault, options));
      return;
    case 'reset':
      if (fault.when === 'after') await work();
      exchange.reset();
      return;
    case 'delay':
      await sleep(fault.ms, undefined, { signal }).catch(() => {});
      if (!signal.aborted) exchange.respond(await work());
      return;
    case 'status-if':
    case 'fail-records':
    case undefined:
      exchange.respond(await work());
  }
}

function faultResponse(
  fault: FaultAction & { readonly kind: 'status' | 'accept-then-status' },
  options: HttpServerOptions,
): HttpResponse {
  const usual = options.errorBody(fault.status);
  return { ...usual, headers: { ...usual.headers, ...fault.headers }, body: fault.body ?? usual.body ?? '' };
}
