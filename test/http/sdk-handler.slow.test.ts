import { createServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sdkRequestHandler } from '../../shared/http/sdk-handler.ts';
import { closeServer, listen } from '../helpers/listen.ts';

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy'];

beforeEach(() => {
  for (const name of NAMES) vi.stubEnv(name, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A proxy that refuses with 407, so that no host has to be there behind it. */
async function startProxy() {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', ({ url }, socket: Socket) => {
    asked.push(url ?? '');
    socket.on('error', () => {}).end('HTTP/1.1 407 No\r\n\r\n');
  });
  const port = await listen(server);
  return { address: `127.0.0.1:${port}`, asked, close: () => closeServer(server) };
}

/** What became of a request that a client makes to this endpoint. */
async function listSecrets(endpoint: string): Promise<unknown> {
  const { ListSecretsCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret-for-tests' },
    maxAttempts: 1,
    requestHandler: sdkRequestHandler(5_000),
  });
  try {
    return await client.send(new ListSecretsCommand({}));
  } catch (error) {
    return error;
  } finally {
    client.destroy();
  }
}

describe('a client of the SDK', () => {
  it('goes through the proxy to its endpoint, wherever that is', async () => {
    const proxy = await startProxy();
    vi.stubEnv('https_proxy', proxy.address);

    const refused = await listSecrets('https://vpce-1.secretsmanager.example');

    expect(refused).toMatchObject({ code: 'PROXY_REFUSED', proxyStatus: 407 });
    expect(proxy.asked).toEqual(['vpce-1.secretsmanager.example:443']);
    await proxy.close();
  });

  it('does not where NO_PROXY names the endpoint that it uses', async () => {
    const proxy = await startProxy();
    const target = createTcpServer((socket) => void socket.on('error', () => {}).destroy());
    const port = await listen(target);
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.address}`);
    vi.stubEnv('NO_PROXY', '127.0.0.0/8,.amazonaws.com');

    const direct = await listSecrets(`https://127.0.0.1:${port}`);

    expect(direct).toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.asked).toEqual([]);
    await Promise.all([proxy.close(), closeServer(target)]);
  });

  it('is not made for a proxy that cannot be used', () => {
    vi.stubEnv('HTTPS_PROXY', 'socks5://me:planted-secret@127.0.0.1:1080');

    expect(() => sdkRequestHandler(5_000)).toThrow(/^HTTPS_PROXY names a proxy of the kind socks5:\/\//);
  });

  it('gives up on a proxy that does not answer, and leaves no socket behind', async () => {
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => sockets.push(socket.on('error', () => {}).resume()));
    const port = await listen(silent);
    vi.stubEnv('HTTPS_PROXY', `127.0.0.1:${port}`);

    const failed = await listSecrets('https://secretsmanager.example');

    expect(failed).toBeInstanceOf(Error);
    await vi.waitFor(
      () => expect(sockets.map(({ readableEnded, destroyed }) => readableEnded || destroyed)).toEqual([true]),
      60_000,
    );
    await closeServer(silent);
  });
});
