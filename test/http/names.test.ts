import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Network } from '../../shared/destination/network.ts';
import { createHttp } from '../../shared/http/post.ts';
import { sdkRequestHandler } from '../../shared/http/sdk-handler.ts';
import { OPEN_NETWORK } from '../helpers/http-server.ts';
import { closeServer, listen } from '../helpers/listen.ts';

beforeEach(() => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy'])
    vi.stubEnv(name, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A server that answers anything with 503, also where it is asked to be a proxy; and names that lead to it. */
async function startWorld() {
  const server = createServer((_, response) => void response.writeHead(503).end());
  server.on(
    'connect',
    (_, socket: Socket) => void socket.on('error', () => {}).end('HTTP/1.1 503 No\r\n\r\n'),
  );
  const port = await listen(server);
  const asked: string[] = [];
  const lookup: NonNullable<Network['lookup']> = (name, _, callback) => {
    asked.push(name);
    process.nextTick(callback, null, [{ address: '127.0.0.1', family: 4 }]);
  };
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return closeServer(server);
  };
  return { port, asked, lookup, close };
}

async function callAws(endpoint: string, lookup: Network['lookup']): Promise<void> {
  const client = new SecretsManagerClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret-for-tests' },
    maxAttempts: 1,
    requestHandler: sdkRequestHandler(5_000, lookup),
  });
  await client.send(new ListSecretsCommand({})).catch(() => undefined);
  client.destroy();
}

async function post(url: string, network: Partial<Network>): Promise<void> {
  const http = createHttp({ network: { ...OPEN_NETWORK, ...network } });
  const request = { url, headers: {}, body: Buffer.from('{}'), gzip: false } as const;
  await http.prepare(request)(AbortSignal.timeout(5_000));
  await http.close();
}

describe('the way in which a function finds addresses', () => {
  it.each([
    [
      'a client of the SDK',
      'aws.example',
      (port: number, lookup: Network['lookup']) => callAws(`http://aws.example:${port}`, lookup),
    ],
    [
      'a request to a service',
      'service.example',
      (port: number, lookup: Network['lookup']) =>
        post(`http://service.example:${port}/`, lookup === undefined ? {} : { lookup }),
    ],
    [
      'a request through a proxy',
      'proxy.example',
      (port: number, lookup: Network['lookup']) =>
        post('https://service.example/', {
          proxyUrl: `http://proxy.example:${port}`,
          ...(lookup && { lookup }),
        }),
    ],
  ])('is that of %s', async (_, name, call) => {
    const world = await startWorld();

    await call(world.port, world.lookup);

    expect(new Set(world.asked)).toEqual(new Set([name]));
    await world.close();
  });

  it('is that of a client of the SDK behind a proxy', async () => {
    const world = await startWorld();
    vi.stubEnv('HTTPS_PROXY', `http://proxy.example:${world.port}`);

    await callAws('https://aws.example', world.lookup);

    expect(new Set(world.asked)).toEqual(new Set(['proxy.example']));
    await world.close();
  });
});
