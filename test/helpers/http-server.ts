import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { pipeline, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Network } from '../../shared/destination/network.ts';
import { closeServer, listen } from './listen.ts';

/** Everything is allowed: tests talk to 127.0.0.1. */
export const OPEN_NETWORK: Network = {
  allowPrivate: 'all',
  proxyUrl: undefined,
  noProxy: undefined,
  client: 'log-drain/test',
};

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unzipped. */
  readonly body: string;
}

export type Answer = (request: Received, response: ServerResponse) => void;

export interface TestServer {
  readonly port: number;
  readonly received: readonly Received[];
  readonly connections: () => number;
  /** How requests are answered from now on. */
  readonly answerWith: (answer: Answer) => void;
  readonly close: () => Promise<void>;
}

/** An answer of status, body and headers. */
export function plainAnswer(
  status: number,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return (_request, response) => {
    response.writeHead(status, headers).end(body);
  };
}

function* forever(text: string): Generator<string> {
  for (;;) yield text;
}

/** Answers with `text` again and again, until whoever asked has had enough. */
export function answerWithoutEnd(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status);
  pipeline(Readable.from(forever(text)), response, () => undefined);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const bytes = await buffer(request);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

/** A server that keeps what it received; with `secure` it speaks TLS. Answers 200 until told otherwise. */
export async function startServer(secure?: ServerOptions): Promise<TestServer> {
  const received: Received[] = [];
  let answer = plainAnswer(200);
  let connections = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const all = { method, path: url, headers, body: await readBody(request) };
    received.push(all);
    answer(all, response);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch(() => request.destroy());
  };
  const server: Server =
    secure === undefined ? createServer(onRequest) : createSecureServer(secure, onRequest);
  server.on('connection', () => {
    connections += 1;
  });
  const port = await listen(server);
  return {
    port,
    received,
    connections: () => connections,
    answerWith: (next) => {
      answer = next;
    },
    close: () => {
      const closed = closeServer(server);
      server.closeAllConnections();
      return closed;
    },
  };
}
