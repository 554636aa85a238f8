import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Authority, createAuthority } from '../../../helpers/certificates.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';

const world = useShipper();
let authority: Authority;
const sockets = new Set<Socket>();
const servers: Server[] = [];

beforeAll(async () => {
  authority = await createAuthority();
});
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
  await writeFile(join(world.dir, 'ca.pem'), authority.cert);
  const options = { ...(await authority.issue()), ALPNProtocols: ['h2', 'http/1.1'] };
  return listen(
    createTlsServer(options, (socket) => connectBoth(socket, connect(world.kinesis.port, '127.0.0.1'))),
  );
}

interface Proxy {
  readonly port: number;
  /** The names it was asked for. */
  readonly asked: readonly string[];
  /** What it was told of who asks, decoded. */
  readonly logins: readonly string[];
}

/** With `status`, it refuses; with `secure`, it is reached by TLS. */
async function startProxy({ status = 200, secure = false } = {}): Promise<Proxy> {
  const asked: string[] = [];
  const logins: string[] = [];
  const proxy = secure ? createHttpsServer(await authority.issue()) : createHttpServer();
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => {});
    asked.push(request.url ?? '');
    const [, login = ''] = (request.headers['proxy-authorization'] ?? '').split(' ');
    logins.push(Buffer.from(login, 'base64').toString());
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    return connectBoth(socket, connect(Number(request.url?.split(':')[1]), '127.0.0.1'));
  });
  return { port: await listen(proxy), asked, logins };
}

const env = (tlsPort: number): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL_KINESIS: `https://localhost:${tlsPort}`,
  NODE_EXTRA_CA_CERTS: join(world.dir, 'ca.pem'),
});

describe('a proxy in the environment', () => {
  it('is used for Kinesis unless NO_PROXY names it', async () => {
    const tlsPort = await startTls();
    const proxy = await startProxy();
    const ship = (line: string, more: Readonly<Record<string, string>>) =>
      world.start({
        args: ['ship'],
        env: { ...env(tlsPort), HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, ...more },
        stdin: line,
      });

    const through = await ship('through', {}).ended;
    const past = await ship('past', { NO_PROXY: 'localhost' }).ended;

    expect([through, past]).toEqual([0, 0]);
    expect(proxy.asked).toEqual([`localhost:${tlsPort}`]);
    expect(world.kinesis.calls.map(({ http }) => http)).toEqual(['1.1', '2.0']);
    expect(world.kinesis.taken).toHaveLength(2);
  });

  it.each([
    [
      'without a scheme, with a bare % in its password',
      { secure: false, address: 'me:50%@127.0.0.1', login: 'me:50%' },
    ],
    ['with an escaped password', { secure: false, address: 'http://me:p%40ss@127.0.0.1', login: 'me:p@ss' }],
    ['reached by TLS, with a name alone', { secure: true, address: 'https://me@localhost', login: 'me:' }],
  ])('%s is used', async (_, { secure, address, login }) => {
    const tlsPort = await startTls();
    const proxy = await startProxy({ secure });

    const shipper = world.start({
      args: ['ship'],
      env: { ...env(tlsPort), https_proxy: `${address}:${proxy.port}` },
      stdin: 'one',
    });
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(proxy.logins).toEqual([login]);
    expect(world.kinesis.taken).toHaveLength(1);
  });

  it.each([
    [
      'socks5://me:planted-secret@127.0.0.1:1080',
      'HTTPS_PROXY names a proxy of the kind socks5://, which is not supported: give one for HTTP, such as http://proxy.example:3128',
    ],
    [
      'http://me:planted-secret@127.0.0.1:99999',
      'HTTPS_PROXY must be the URL of a proxy, such as http://proxy.example:3128',
    ],
  ])(
    '%s cannot be used: the agent runs and ends as ever, and that is why its lines were not sent',
    async (address, reason) => {
      const shipper = world.start({
        args: ['run', '--drain-timeout', '50s', '--', 'sh', '-c', 'echo one; exit 7'],
        env: { ...env(await startTls()), HTTPS_PROXY: address },
      });
      await vi.waitFor(
        () => expect(shipper.stderr()).toContain(`log-drain: ${reason}; lines wait to be sent\n`),
        60_000,
      );
      // The second signal ends the attempts; two of one kind could be one by the time they are read.
      shipper.child.kill('SIGINT');
      shipper.child.kill('SIGTERM');
      const code = await shipper.ended;

      expect(code).toBe(7);
      expect(shipper.stdout()).toBe('one\n');
      expect(shipper.stderr()).toContain(`log-drain: 3 lines were not sent: ${reason}\n`);
      expect(shipper.stderr()).not.toContain('planted');
    },
  );

  it('that refuses us is named as that, not as Kinesis', async () => {
    const proxy = await startProxy({ status: 407 });

    const shipper = world.start({
      args: ['run', '--drain-timeout', '50s', '--', 'sh', '-c', 'echo one'],
      env: { ...env(await startTls()), HTTPS_PROXY: `http://me:planted-secret@127.0.0.1:${proxy.port}` },
    });
    await vi.waitFor(
      () =>
        expect(shipper.stderr()).toContain(
          'log-drain: the proxy refuses to connect to Kinesis with 407: check its name and password in HTTPS_PROXY, and its rules; ',
        ),
      60_000,
    );

    expect(shipper.stderr()).not.toContain('planted');
  });
});
