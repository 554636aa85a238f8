import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Http1Front {
  readonly endpoint: string;
  /** Methods of the requests that were passed on. */
  readonly methods: readonly string[];
  readonly close: () => void;
}

/** A server before another that speaks HTTP/1.1 only, as many stand-ins and gateways do. */
export async function startHttp1Front(endpoint: string): Promise<Http1Front> {
  const methods: string[] = [];
  const server = createServer(passingOn(endpoint, methods));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    methods,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** For a server of Node's: passes requests on, and notes their methods. */
export function passingOn(endpoint: string, methods: string[]): RequestListener {
  return (request, response) => {
    methods.push(request.method ?? '');
    passOn(endpoint, request, response).catch(() => request.destroy());
  };
}

async function passOn(endpoint: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', headers } = request;
  const kept = ['content-type', 'x-amz-target'].map((name) => [name, String(headers[name])] as const);
  const body = await buffer(request);
  const answer = await fetch(endpoint, {
    method,
    headers: Object.fromEntries(kept),
    ...(method === 'POST' ? { body: new Uint8Array(body) } : {}),
  });
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
  response.end(Buffer.from(await answer.arrayBuffer()));
}
