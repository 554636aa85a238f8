import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltCli, buildTemporaryCli } from '../helpers/built-cli.ts';
import { createAuthority } from '../helpers/certificates.ts';
import { type FakeKinesis, startFakeKinesis } from '../helpers/fake-kinesis.ts';
import { startShipper } from '../helpers/shipper-process.ts';

let cli: BuiltCli;
let kinesis: FakeKinesis;
let dir: string;
const sockets = new Set<Socket>();
const servers: Server[] = [];

beforeAll(async () => {
  cli = await buildTemporaryCli();
  kinesis = await startFakeKinesis();
  dir = await mkdtemp(join(tmpdir(), 'log-drain-proxy-'));
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await kinesis.close();
  await rm(dir, { recursive: true });
  await cli.remove();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function connectBoth(one: Socket, other: Socket): void {
  for (const socket of [one, other]) {
    sockets.add(socket);
    socket.on('error', () => {});
  }
  one.pipe(other).pipe(one);
}

/** The fake behind TLS that speaks both versions of HTTP. */
async function startTls(): Promise<number> {
  const authority = await createAuthority();
  await writeFile(join(dir, 'ca.pem'), authority.cert);
  const options = { ...(await authority.issue()), ALPNProtocols: ['h2', 'http/1.1'] };
  return listen(
    createTlsServer(options, (socket) => connectBoth(socket, connect(kinesis.port, '127.0.0.1'))),
  );
}

/** A proxy that keeps the names it was asked for. */
async function startProxy(): Promise<{ readonly port: number; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const proxy = createHttpServer();
  proxy.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    connectBoth(socket, connect(Number(request.url?.split(':')[1]), '127.0.0.1'));
  });
  return { port: await listen(proxy), asked };
}

describe('a proxy in the environment', () => {
  it('is used for Kinesis unless NO_PROXY names it', async () => {
    const tlsPort = await startTls();
    const proxy = await startProxy();
    const env = { NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'), HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const ship = (line: string, more: Readonly<Record<string, string>>) =>
      startShipper({
        entry: cli.entry,
        kinesis: { endpoint: `https://localhost:${tlsPort}` },
        args: ['ship'],
        env: { ...env, ...more },
        stdin: line,
      });

    const through = await ship('through', {}).ended;
    const past = await ship('past', { NO_PROXY: 'localhost' }).ended;

    expect([through, past]).toEqual([0, 0]);
    expect(proxy.asked).toEqual([`localhost:${tlsPort}`]);
    expect(kinesis.calls.map(({ http }) => http)).toEqual(['1.1', '2.0']);
    expect(kinesis.taken).toHaveLength(2);
  });
});
