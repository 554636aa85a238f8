import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** How the fake treats one PutRecords call; `call` counts from 0. */
export type Behaviour = (call: number, records: number) => Treatment;
export type Treatment =
  | { readonly kind: 'accept'; readonly delayMs?: number }
  /** The records at these places fail with ProvisionedThroughputExceededException. */
  | { readonly kind: 'throttle'; readonly places: readonly number[] }
  /** None is taken, and these are the answer's entries. */
  | { readonly kind: 'refuse'; readonly entries: readonly object[] }
  | { readonly kind: 'error'; readonly status: number; readonly type: string }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

export interface FakeCall {
  readonly headers: Request['headers'];
  /** The request's body as it came. */
  readonly raw: Buffer;
  readonly body: Readonly<Record<string, unknown>>;
  readonly http: string;
  readonly records: number;
  readonly bytes: number;
  /** Calls that were being answered when this one came. */
  readonly beside: number;
}

export interface FakeKinesis {
  readonly endpoint: string;
  readonly port: number;
  /** Data of the records that were taken, in order. */
  readonly taken: readonly Buffer[];
  readonly calls: readonly FakeCall[];
  readonly behave: (behaviour: Behaviour) => void;
  /** From then on connections are refused. */
  readonly close: () => Promise<void>;
}

export const ACCEPT: Behaviour = () => ({ kind: 'accept' });
export const HANG: Behaviour = () => ({ kind: 'hang' });
export const DOWN: Behaviour = () => ({ kind: 'error', status: 503, type: 'ServiceUnavailable' });

/** PutRecords alone, over HTTP/1.1 and HTTP/2 with prior knowledge on one port of 127.0.0.1. */
export async function startFakeKinesis(initial: Behaviour = ACCEPT): Promise<FakeKinesis> {
  const taken: Buffer[] = [];
  const calls: FakeCall[] = [];
  const sockets = new Set<Socket>();
  let behaviour = initial;
  let open = 0;

  const answer = async (request: Request, response: Response): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const body = JSON.parse(raw.toString()) as {
      readonly Records: readonly { Data: string }[];
    };
    const data = body.Records.map(({ Data }) => Buffer.from(Data, 'base64'));
    const bytes = data.reduce((sum, { length }) => sum + length, 0);
    const treatment = behaviour(calls.length, data.length);
    calls.push({
      headers: request.headers,
      raw,
      body: { ...body },
      http: request.httpVersion,
      records: data.length,
      bytes,
      beside: open,
    });
    open += 1;
    try {
      await treat(treatment, data, { request, response });
    } finally {
      open -= 1;
    }
  };

  const treat = async (
    treatment: Treatment,
    data: readonly Buffer[],
    { request, response }: { readonly request: Request; readonly response: Response },
  ): Promise<void> => {
    if (treatment.kind === 'hang') {
      await once(request, 'close');
      return;
    }
    if (treatment.kind === 'reset') {
      request.socket.destroy();
      return;
    }
    if (treatment.kind === 'error') {
      send(response, treatment.status, { __type: treatment.type, message: 'as told' });
      return;
    }
    if (treatment.kind === 'refuse') {
      send(response, 200, { FailedRecordCount: data.length, Records: treatment.entries });
      return;
    }
    if (treatment.kind === 'accept' && treatment.delayMs !== undefined) {
      const { delayMs } = treatment;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
    const failing = new Set(treatment.kind === 'throttle' ? treatment.places : []);
    taken.push(...data.filter((_, place) => !failing.has(place)));
    send(response, 200, {
      FailedRecordCount: failing.size,
      Records: data.map((_, place) =>
        failing.has(place)
          ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' }
          : { SequenceNumber: `${taken.length}`, ShardId: 'shardId-000000000000' },
      ),
    });
  };

  const onRequest = (request: Request, response: Response): void => {
    answer(request, response).catch(() => request.socket.destroy());
  };
  const http1 = createHttpServer(onRequest);
  const http2 = createHttp2Server(onRequest);
  http2.on('sessionError', () => {});
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.unshift(first);
      (first.subarray(0, 3).toString() === 'PRI' ? http2 : http1).emit('connection', socket);
    });
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    taken,
    calls,
    behave: (next) => {
      behaviour = next;
    },
    close: async () => {
      if (!front.listening) return;
      for (const socket of sockets) socket.destroy();
      front.close();
      await once(front, 'close');
    },
  };
}

function send(response: Response, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}
