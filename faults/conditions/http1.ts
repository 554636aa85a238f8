import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Http1Front {
  readonly endpoint: string;
  /** Requests that were passed on. */
  readonly requests: () => number;
  readonly close: () => void;
}

/** A server before another that speaks HTTP/1.1 only, as many stand-ins and gateways do. */
export async function startHttp1Front(endpoint: string): Promise<Http1Front> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    const kept = ['content-type', 'x-amz-target'].map((name) => [name, String(request.headers[name])]);
    try {
      const answer = await fetch(endpoint, {
        method: request.method ?? '',
        headers: Object.fromEntries(kept) as Record<string, string>,
        body: new Uint8Array(await buffer(request)),
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      request.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
