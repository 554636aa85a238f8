import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Network } from '../../shared/destination/network.ts';
import { type Pool, poolsOf } from '../../shared/http/pools.ts';
import { createHttp, type Http } from '../../shared/http/post.ts';
import { OPEN_NETWORK } from '../helpers/http-server.ts';
import { closeServer, listen } from '../helpers/listen.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A server that answers when told, and whose connections are counted. */
async function receiver(): Promise<{
  readonly server: Server;
  readonly url: string;
  readonly held: ServerResponse[];
  readonly open: Set<Socket>;
}> {
  const held: ServerResponse[] = [];
  const open = new Set<Socket>();
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      held.push(response);
      server.emit('held');
    });
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      server.emit('closed');
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}/`;
  cleanups.push(() => {
    server.closeAllConnections();
    return closeServer(server);
  });
  return { server, url, held, open };
}

function client(network: Network): Http {
  const http = createHttp({ network });
  cleanups.push(http.close);
  return http;
}

function post(http: Http, url: string): Promise<unknown> {
  const signal = AbortSignal.timeout(20_000);
  return http.prepare({ url, headers: {}, body: Buffer.from('x'), gzip: false })(signal);
}

/** Posts side by side, all of which are with the server before any is answered. */
async function postTogether(
  clients: readonly Http[],
  { server, url, held }: Awaited<ReturnType<typeof receiver>>,
): Promise<void> {
  const posted = clients.map((http) => post(http, url));
  while (held.length < clients.length) await once(server, 'held');
  for (const response of held.splice(0)) response.end();
  await Promise.all(posted);
}

describe('the clients of one network', () => {
  it('send on each other’s connections', async () => {
    const target = await receiver();
    const network = { ...OPEN_NETWORK };

    for (let i = 0; i < 5; i += 1) await postTogether([client(network)], target);

    expect(target.open.size).toBe(1);
  });

  it('keep them until the last one closes, and the one in use until its request is answered', async () => {
    const target = await receiver();
    const network = { ...OPEN_NETWORK };
    const [one, other] = [client(network), client(network)];
    await postTogether([one, other], target);

    await one.close();
    const kept = target.open.size;
    const last = post(other, target.url);
    await once(target.server, 'held');
    const closing = other.close();
    while (target.open.size > 1) await once(target.server, 'closed');
    target.held.splice(0).forEach((response) => response.end('late'));

    expect(kept).toBe(2);
    expect(await last).toMatchObject({ kind: 'answer', status: 200, text: 'late' });
    await closing;
    while (target.open.size > 0) await once(target.server, 'closed');
    expect(target.open.size).toBe(0);
  });

  it('keep 256 at rest over all origins, those used last', () => {
    const pools = poolsOf({ ...OPEN_NETWORK });
    const [one, other] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'].map((origin) =>
      pools.join(new URL(origin), undefined),
    ) as [Pool, Pool];
    const used = [one, other].flatMap((pool) =>
      Array.from({ length: 150 }, () => ({ pool, connection: pools.take(pool) })),
    );

    for (const { pool, connection } of used) pools.giveBack(pool, connection);

    const known = used.map(({ connection }) => connection);
    const again = used.toReversed().map(({ pool }) => known.indexOf(pools.take(pool)));
    expect(again.slice(0, 256)).toEqual(Array.from({ length: 256 }, (_, i) => 299 - i));
    expect(again.slice(256)).toEqual(Array.from({ length: 44 }, () => -1));
  });

  it('do not share what trusts other certificates', async () => {
    const pools = poolsOf({ ...OPEN_NETWORK });
    const url = new URL('http://127.0.0.1:1');
    const [trusting, other] = [pools.join(url, 'a private authority'), pools.join(url, undefined)];

    pools.giveBack(trusting, pools.take(trusting));

    expect(pools.join(url, undefined)).toBe(other);
    expect(pools.join(url, 'a private authority')).toBe(trusting);
    expect(trusting).not.toBe(other);
  });
});
