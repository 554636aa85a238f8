import type { HttpRequest, HttpResponse } from '../../local/aws/http-message.ts';
import { startHttpServer } from '../../local/aws/server.ts';
import { createFaults } from '../../receivers/kit/faults.ts';

export interface Gate {
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

/** A server in front of another that answers a request itself, or passes it on. */
export function startGate(
  endpoint: string,
  refuse: (request: HttpRequest) => HttpResponse | undefined,
): Promise<Gate> {
  return startHttpServer({
    faults: createFaults(),
    errorBody: (status) => ({ status }),
    handle: async (request) => refuse(request) ?? (await passOn(endpoint, request)),
  });
}

async function passOn(endpoint: string, { method, url, headers, body }: HttpRequest): Promise<HttpResponse> {
  const kept = ['content-type', 'x-amz-target'].map((name) => [name, headers[name] ?? ''] as const);
  const answer = await fetch(new URL(url, endpoint), {
    method,
    headers: Object.fromEntries(kept),
    body: new Uint8Array(body),
  });
  return {
    status: answer.status,
    headers: { 'content-type': answer.headers.get('content-type') ?? '' },
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

/** As Kinesis answers a request that it does not accept. */
export function refusal(type: string): HttpResponse {
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ __type: type, message: 'refused' }),
  };
}
