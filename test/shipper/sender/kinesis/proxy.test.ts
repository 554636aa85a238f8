import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../helpers/certificates.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';

const world = useShipper();
const sockets = new Set<Socket>();
const servers: Server[] = [];

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
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
  await writeFile(join(world.dir, 'ca.pem'), authority.cert);
  const options = { ...(await authority.issue()), ALPNProtocols: ['h2', 'http/1.1'] };
  return listen(
    createTlsServer(options, (socket) => connectBoth(socket, connect(world.kinesis.port, '127.0.0.1'))),
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
    const env = {
      AWS_ENDPOINT_URL_KINESIS: `https://localhost:${tlsPort}`,
      NODE_EXTRA_CA_CERTS: join(world.dir, 'ca.pem'),
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    };
    const ship = (line: string, more: Readonly<Record<string, string>>) =>
      world.start({ args: ['ship'], env: { ...env, ...more }, stdin: line });

    const through = await ship('through', {}).ended;
    const past = await ship('past', { NO_PROXY: 'localhost' }).ended;

    expect([through, past]).toEqual([0, 0]);
    expect(proxy.asked).toEqual([`localhost:${tlsPort}`]);
    expect(world.kinesis.calls.map(({ http }) => http)).toEqual(['1.1', '2.0']);
    expect(world.kinesis.taken).toHaveLength(2);
  });
});
