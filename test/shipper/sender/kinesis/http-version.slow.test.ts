import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { passingOn } from '../../../../faults/conditions/http1.ts';
import { STDOUT } from '../../../../shared/record/format.ts';
import { probeHttp } from '../../../../shipper/sender/kinesis/probe-http.ts';
import { type Authority, createAuthority } from '../../../helpers/certificates.ts';
import { closeServer, listen } from '../../../helpers/listen.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';
import { agentLines, arrivedLines } from '../../../helpers/shipper/process.ts';

const world = useShipper();
let authority: Authority;
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  authority = await createAuthority();
});
beforeEach(() => writeFile(join(world.dir, 'ca.pem'), authority.cert));
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map(closeServer));
});

/** Each socket is ended with the test. */
async function start(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => sockets.add(socket));
  return listen(server);
}

/** Passes bytes on to a port, behind TLS without any agreement on a protocol. */
async function plainTls(port: number): Promise<number> {
  const server = createTlsServer(await authority.issue(), (socket) => {
    const other = connect(port, '127.0.0.1');
    for (const one of [socket, other]) one.on('error', () => {});
    socket.pipe(other).pipe(socket);
  });
  return start(server);
}

const kinds: Readonly<Record<string, (listener: RequestListener) => Promise<string>>> = {
  'without TLS': async (listener) => `http://127.0.0.1:${await start(createHttpServer(listener))}`,
  'by TLS that agrees on HTTP/1.1': async (listener) => {
    const options = { ...(await authority.issue()), ALPNProtocols: ['http/1.1'] };
    return `https://localhost:${await start(createHttpsServer(options, listener))}`;
  },
  'by TLS that agrees on nothing': async (listener) =>
    `https://localhost:${await plainTls(await start(createHttpServer(listener)))}`,
};

const tls = (): Readonly<Record<string, string>> => ({ NODE_EXTRA_CA_CERTS: join(world.dir, 'ca.pem') });

describe('an endpoint that speaks HTTP/1.1 only', () => {
  it.each(Object.entries(kinds))('%s gets every record once', async (_, serve) => {
    const requests: string[] = [];
    const endpoint = await serve(passingOn(world.kinesis.endpoint, requests));

    const shipper = world.start({
      args: [
        'run',
        '--no-tee',
        '--drain-timeout',
        '50s',
        '--',
        'sh',
        '-c',
        'seq 1000; sleep 1.5; seq 1001 2000',
      ],
      env: { ...tls(), AWS_ENDPOINT_URL_KINESIS: endpoint },
    });
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT).map(Number)).toEqual(
      Array.from({ length: 2_000 }, (__, at) => at + 1),
    );
    const numbers = arrivedLines(world.kinesis).map(({ seq }) => seq);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(shipper.stderr()).toBe('');
    // Nobody had to ask for the version twice.
    expect(requests.filter((method) => method !== 'POST').length).toBeLessThanOrEqual(1);
  });

  it('that becomes one that speaks HTTP/2 only goes on being served', async () => {
    const requests: string[] = [];
    const server = createHttpServer(passingOn(world.kinesis.endpoint, requests));
    const port = await start(server);
    const go = join(world.dir, 'go');
    const shipper = world.start({
      args: [
        'run',
        '--drain-timeout',
        '50s',
        '--',
        'sh',
        '-c',
        `echo one; until [ -e ${go} ]; do sleep 0.05; done; echo two`,
      ],
      env: { AWS_ENDPOINT_URL_KINESIS: `http://127.0.0.1:${port}` },
    });
    await vi.waitFor(() => expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']), 60_000);

    for (const socket of sockets) socket.destroy();
    await closeServer(server);
    const pass = createTcpServer((socket) => {
      const other = connect(world.kinesis.port, '127.0.0.1');
      for (const one of [socket, other]) one.on('error', () => {});
      // It resets whatever is not HTTP/2.
      socket.once('data', (first: Buffer) => {
        if (!first.toString('latin1').startsWith('PRI')) return socket.resetAndDestroy();
        other.write(first);
        return socket.pipe(other).pipe(socket);
      });
    });
    servers.push(pass);
    pass.on('connection', (socket) => sockets.add(socket));
    await new Promise<void>((resolve) => pass.listen(port, '127.0.0.1', resolve));
    await writeFile(go, '');
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', 'two']);
    expect(world.kinesis.calls.at(-1)?.http).toBe('2.0');
  });

  it('is told from one that speaks neither, which is named as that', async () => {
    const port = await start(
      createTcpServer((socket) => socket.on('error', () => {}).write('SSH-2.0-OpenSSH_9.6\r\n')),
    );

    const shipper = world.start({
      args: ['run', '--drain-timeout', '50s', '--', 'sh', '-c', 'echo one'],
      env: { AWS_ENDPOINT_URL_KINESIS: `http://127.0.0.1:${port}` },
    });
    await vi.waitFor(
      () =>
        expect(shipper.stderr()).toContain(
          'log-drain: what answers at the endpoint of Kinesis speaks neither HTTP/2 nor HTTP/1.1: check the address and port; ',
        ),
      60_000,
    );
  });
});

describe('asking a server for its version of HTTP', () => {
  it('knows what it speaks', async () => {
    const silent = await start(createTcpServer((socket) => void socket.on('error', () => {}).end()));
    const banner = await start(
      createTcpServer((socket) => socket.on('error', () => {}).write('220 mail.example\r\n')),
    );
    const plain = await start(createHttpServer());
    const ask = (origin: string) => probeHttp(new URL(origin));

    expect(await ask(world.kinesis.endpoint)).toBe('http/2');
    expect(await ask(`http://127.0.0.1:${plain}`)).toBe('http/1.1');
    expect(await ask(`http://127.0.0.1:${banner}`)).toBe('neither');
    expect(await ask(`http://127.0.0.1:${silent}`)).toBe('unknown');
    expect(await ask('http://127.0.0.1:1')).toBe('unknown');
  });
});
