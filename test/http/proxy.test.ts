import { createServer, type IncomingMessage } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Network } from '../../shared/destination/network.ts';
import { createHttp, type HttpResult } from '../../shared/http/post.ts';
import { type Authority, createAuthority } from '../helpers/certificates.ts';
import { OPEN_NETWORK, startServer, type TestServer } from '../helpers/http-server.ts';
import { closeServer, listen } from '../helpers/listen.ts';

interface TestProxy {
  readonly url: string;
  readonly connects: readonly IncomingMessage[];
  readonly refuseWith: (status: number) => void;
  readonly close: () => Promise<void>;
}

async function startProxy(): Promise<TestProxy> {
  const connects: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  let refusal: number | undefined;
  const server = createServer();
  server.on('connect', (request, client: Socket) => {
    connects.push(request);
    sockets.add(client.on('error', () => client.destroy()));
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    sockets.add(upstream.on('error', () => client.destroy()));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    connects,
    refuseWith: (status) => {
      refusal = status;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      return closeServer(server);
    },
  };
}

let authority: Authority;
let target: TestServer;
let proxy: TestProxy;
beforeAll(async () => {
  authority = await createAuthority();
  target = await startServer(await authority.issue());
});
afterAll(() => target.close());
beforeEach(async () => {
  proxy = await startProxy();
});
afterEach(() => proxy.close());

async function post(url: string, network: Partial<Network>, times = 1): Promise<HttpResult | undefined> {
  const http = createHttp({
    network: { ...OPEN_NETWORK, proxyUrl: proxy.url, ...network },
    ca: authority.cert,
  });
  let last: HttpResult | undefined;
  for (let i = 0; i < times; i += 1) {
    const signal = AbortSignal.timeout(20_000);
    last = await http.prepare({ url, headers: {}, body: Buffer.from('hello'), gzip: false })(signal);
  }
  await http.close();
  return last;
}

describe('a proxy', () => {
  it('is asked for a tunnel once for requests in turn, and TLS holds end to end', async () => {
    const result = await post(`https://localhost:${target.port}/`, {}, 3);

    expect(result).toMatchObject({ kind: 'answer', status: 200 });
    expect(proxy.connects.map(({ url }) => url)).toEqual([`localhost:${target.port}`]);
  });

  it('gets the name and password of its URL', async () => {
    const proxyUrl = proxy.url.replace('//', '//me:p%40ss@');

    const result = await post(`https://localhost:${target.port}/`, { proxyUrl });

    const expected = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(result).toMatchObject({ kind: 'answer' });
    expect(proxy.connects[0]?.headers['proxy-authorization']).toBe(expected);
  });

  it('gets a name without a password, and a password with whatever is in it', async () => {
    for (const login of ['me', 'me:50%', ':secret']) {
      const proxyUrl = proxy.url.replace('//', `//${login}@`);

      await post(`https://localhost:${target.port}/`, { proxyUrl });
    }

    const expected = ['me:', 'me:50%', ':secret'].map(
      (login) => `Basic ${Buffer.from(login).toString('base64')}`,
    );
    expect(proxy.connects.map(({ headers }) => headers['proxy-authorization'])).toEqual(expected);
  });

  it('is passed by for hosts of NO_PROXY', async () => {
    const result = await post(`https://localhost:${target.port}/`, { noProxy: 'localhost' });

    expect(result).toMatchObject({ kind: 'answer', status: 200 });
    expect(proxy.connects).toEqual([]);
  });

  it.each([403, 407, 502])('that answers %i is tried again later', async (status) => {
    proxy.refuseWith(status);

    const result = await post(`https://localhost:${target.port}/`, {});

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'proxy-refused' } });
  });

  it('that is not there is tried again later', async () => {
    const result = await post(`https://localhost:${target.port}/`, { proxyUrl: 'http://127.0.0.1:1' });

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'connection-refused' } });
  });

  it('that hangs up is tried again later', async () => {
    const rude = createTcpServer((socket) => socket.on('error', () => undefined).destroy());
    const port = await listen(rude);

    const result = await post(`https://localhost:${target.port}/`, { proxyUrl: `http://127.0.0.1:${port}` });

    await closeServer(rude);
    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'connection-reset' } });
  });

  it('is not asked for addresses that are not allowed', async () => {
    const result = await post(`https://127.0.0.1:${target.port}/`, { allowPrivate: undefined });

    expect(result).toMatchObject({
      kind: 'fault',
      rest: { fate: 'misconfigured', reason: 'address-not-allowed' },
    });
    expect(proxy.connects).toEqual([]);
  });

  it('does not loosen the check of the certificate', async () => {
    const other = await startServer(await authority.issue({ names: ['DNS:other.example'] }));

    const result = await post(`https://localhost:${other.port}/`, {});

    await other.close();
    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'misconfigured', reason: 'tls-name' } });
  });
});
