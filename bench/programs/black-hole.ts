import { once } from 'node:events';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { constants, getPriority, setPriority } from 'node:os';
import { createServer as createTls } from 'node:tls';

/** Takes everything and says that it is well, at as little cost as can be. */

/** What each needs to begin. */
export interface BlackHoleTask {
  readonly kind: 'kinesis' | 'http' | 'syslog';
  readonly identity?: { readonly cert: string; readonly key: string };
  /** Its niceness over ours; default 0. */
  readonly nice?: number;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

let swallowed = { requests: 0, bytes: 0 };
const RECORD = '"Data":';
const TAKEN = '{"SequenceNumber":"1","ShardId":"shardId-000000000000"}';

async function bodyOf(request: Request): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    swallowed.bytes += (chunk as Buffer).length;
  }
  swallowed.requests += 1;
  return chunks;
}

async function takeRecords(request: Request, response: Response): Promise<void> {
  const body = Buffer.concat(await bodyOf(request));
  let records = 0;
  for (let at = body.indexOf(RECORD); at !== -1; at = body.indexOf(RECORD, at + RECORD.length)) records += 1;
  const results = Array.from({ length: records }, () => TAKEN).join(',');
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(`{"FailedRecordCount":0,"Records":[${results}]}`);
}

/** The success of each service: Splunk's has a code, CloudWatch's and Sentry's are objects, the others' are not read. */
async function takeLogs(request: Request, response: Response): Promise<void> {
  await bodyOf(request);
  const splunk = request.url?.startsWith('/services/collector') === true;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(splunk ? '{"text":"Success","code":0}' : '{}');
}

/** HTTP/1.1 and HTTP/2 with prior knowledge on one port. */
function createFront(answer: (request: Request, response: Response) => Promise<void>): Server {
  const onRequest = (request: Request, response: Response): void => {
    answer(request, response).catch(() => request.socket.destroy());
  };
  const http1 = createHttp1(onRequest);
  const http2 = createHttp2(onRequest);
  return createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.unshift(first);
      (first.toString('latin1', 0, 3) === 'PRI' ? http2 : http1).emit('connection', socket);
    });
  });
}

function createSyslog(identity: BlackHoleTask['identity']): Server {
  return createTls({ ...identity }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      swallowed.bytes += chunk.length;
    });
    socket.on('end', () => {
      swallowed.requests += 1;
      socket.end();
    });
  });
}

const [task] = (await once(process, 'message')) as [BlackHoleTask];
setPriority(Math.min(getPriority() + (task.nice ?? 0), constants.priority.PRIORITY_LOW));
const server =
  task.kind === 'syslog'
    ? createSyslog(task.identity)
    : createFront(task.kind === 'kinesis' ? takeRecords : takeLogs);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ port: (server.address() as AddressInfo).port });
process.on('message', () => {
  process.send?.(swallowed);
  swallowed = { requests: 0, bytes: 0 };
});
process.on('disconnect', () => process.exit(0));
