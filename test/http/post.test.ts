import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Network } from '../../shared/destination/network.ts';
import { createHttp, type Http, type HttpOptions, type HttpResult } from '../../shared/http/post.ts';
import { answerWithoutEnd, OPEN_NETWORK, plainAnswer, startServer } from '../helpers/http-server.ts';
import { closeServer, listen } from '../helpers/listen.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function server(): ReturnType<typeof startServer> {
  const started = await startServer();
  cleanups.push(started.close);
  return started;
}

function http(options: Partial<HttpOptions> = {}): Http {
  const created = createHttp({ network: OPEN_NETWORK, ...options });
  cleanups.push(created.close);
  return created;
}

interface PostOptions {
  readonly body?: string;
  readonly gzip?: boolean;
  readonly signal?: AbortSignal;
}

function post(client: Http, url: string, options: PostOptions = {}): Promise<HttpResult> {
  const { body = 'hello', gzip = false, signal = AbortSignal.timeout(20_000) } = options;
  return client.prepare({ url, headers: { 'x-test': 'yes' }, body: Buffer.from(body), gzip })(signal);
}

describe('an HTTP post', () => {
  it('sends method, path, query, headers and body, and hands back status, headers and text', async () => {
    const target = await server();
    target.answerWith(plainAnswer(202, '{"ok":true}', { 'X-Reply': 'Yes' }));

    const result = await post(http(), `http://127.0.0.1:${target.port}/a/b?c=d`);

    expect(result).toMatchObject({ kind: 'answer', status: 202, text: '{"ok":true}' });
    expect(result).toHaveProperty('headers.x-reply', 'Yes');
    expect(target.received).toMatchObject([
      {
        method: 'POST',
        path: '/a/b?c=d',
        body: 'hello',
        headers: { 'x-test': 'yes', 'user-agent': 'log-drain/test', 'content-length': '5' },
      },
    ]);
  });

  it('keeps one connection for requests in turn', async () => {
    const target = await server();
    const client = http();

    for (let i = 0; i < 5; i += 1) await post(client, `http://127.0.0.1:${target.port}/`);

    expect(target.received).toHaveLength(5);
    expect(target.connections()).toBe(1);
  });

  it('sends side by side on connections of their own', async () => {
    const target = await server();
    const client = http();

    const results = await Promise.all(
      Array.from({ length: 8 }, () => post(client, `http://127.0.0.1:${target.port}/`)),
    );

    expect(results.every((result) => result.kind === 'answer' && result.status === 200)).toBe(true);
    expect(target.received).toHaveLength(8);
  });

  it('zips long bodies if told to, and leaves short ones as they are', async () => {
    const target = await server();
    const client = http();
    const long = 'a line like many others '.repeat(1_000);

    await post(client, `http://127.0.0.1:${target.port}/`, { body: long, gzip: true });
    await post(client, `http://127.0.0.1:${target.port}/`, { body: 'short', gzip: true });
    await post(client, `http://127.0.0.1:${target.port}/`, { body: long, gzip: false });

    const [zipped, ...plain] = target.received;
    expect(zipped).toMatchObject({ body: long, headers: { 'content-encoding': 'gzip' } });
    expect(Number(zipped?.headers['content-length'])).toBeLessThan(long.length / 5);
    expect(plain.map(({ body }) => body)).toEqual(['short', long]);
    expect(plain.map(({ headers }) => headers['content-encoding'])).toEqual([undefined, undefined]);
  });

  it('does not follow redirects', async () => {
    const target = await server();
    target.answerWith(plainAnswer(307, '', { location: `http://127.0.0.1:${target.port}/elsewhere` }));

    const result = await post(http(), `http://127.0.0.1:${target.port}/here`);

    expect(result).toMatchObject({ kind: 'answer', status: 307 });
    expect(target.received.map(({ path }) => path)).toEqual(['/here']);
  });

  it('reads 64 KiB of an endless answer and works on', async () => {
    const target = await server();
    const client = http();
    target.answerWith((_request, response) => answerWithoutEnd(response, 400, 'x'.repeat(10_000)));
    const endless = await post(client, `http://127.0.0.1:${target.port}/`);
    target.answerWith(plainAnswer(200));

    const next = await post(client, `http://127.0.0.1:${target.port}/`);

    expect(endless).toMatchObject({ kind: 'answer', status: 400, text: 'x'.repeat(64 * 1024) });
    expect(next).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('gives up at its signal when no answer comes', async () => {
    const target = await server();
    target.answerWith(() => undefined);

    const result = await post(http(), `http://127.0.0.1:${target.port}/`, {
      signal: AbortSignal.timeout(50),
    });

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'timeout' } });
  });

  it('gives up at its signal while TLS is not agreed upon', async () => {
    const impatient = new AbortController();
    const silent = createServer((socket) => {
      cleanups.push(async () => void socket.destroy());
      impatient.abort(new DOMException('out of time', 'TimeoutError'));
    });
    const port = await listen(silent);
    cleanups.push(() => closeServer(silent));

    const result = await post(http(), `https://127.0.0.1:${port}/`, { signal: impatient.signal });
    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'timeout' } });
  });

  it('keeps the status when the rest of the answer does not come', async () => {
    const target = await server();
    target.answerWith((_request, response) => {
      response.writeHead(202, { 'content-length': '100' });
      response.write('part', () => response.socket?.destroy());
    });

    const result = await post(http(), `http://127.0.0.1:${target.port}/`);

    expect(result).toMatchObject({ status: 202, text: 'part' });
  });

  it('says so when nothing listens', async () => {
    const target = await startServer();
    await target.close();

    const result = await post(http(), `http://127.0.0.1:${target.port}/`);

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'connection-refused' } });
  });

  it('says so when the peer does not speak HTTP', async () => {
    const peer = createServer((socket) => socket.resume().end('220 mail.example ESMTP\r\n'));
    const port = await listen(peer);
    cleanups.push(() => closeServer(peer));

    const result = await post(http(), `http://127.0.0.1:${port}/`);

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'not-http' } });
  });
});

describe('a connection that is reset before any response', () => {
  const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

  /** Answers the first `answers[i]` requests of its i-th connection, then resets it at the next. */
  async function resettingServer(
    answers: readonly number[],
  ): Promise<{ port: number; requests: () => number }> {
    let connections = 0;
    let requests = 0;
    const peer: Server = createServer((socket) => {
      let left = answers[connections] ?? 0;
      connections += 1;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        requests += 1;
        left -= 1;
        if (left >= 0) socket.write(OK);
        else socket.resetAndDestroy();
      });
    });
    const port = await listen(peer);
    cleanups.push(() => closeServer(peer));
    return { port, requests: () => requests };
  }

  it('is tried once more on a fresh one if it had served before', async () => {
    const peer = await resettingServer([1, 1]);
    const client = http();
    await post(client, `http://127.0.0.1:${peer.port}/`);

    const second = await post(client, `http://127.0.0.1:${peer.port}/`);

    expect(second).toMatchObject({ kind: 'answer', status: 200, text: 'ok' });
    expect(peer.requests()).toBe(3);
  });

  it('is a fault if it was fresh', async () => {
    const peer = await resettingServer([0]);

    const result = await post(http(), `http://127.0.0.1:${peer.port}/`);

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'connection-reset' } });
    expect(peer.requests()).toBe(1);
  });

  it('is a fault if the fresh one is reset too', async () => {
    const peer = await resettingServer([1, 0]);
    const client = http();
    await post(client, `http://127.0.0.1:${peer.port}/`);

    const second = await post(client, `http://127.0.0.1:${peer.port}/`);

    expect(second).toMatchObject({ kind: 'fault', rest: { fate: 'retry', reason: 'connection-reset' } });
    expect(peer.requests()).toBe(3);
  });
});

describe('where only public addresses are allowed', () => {
  const CLOSED: Network = { ...OPEN_NETWORK, allowPrivate: undefined };

  it('refuses plain http', async () => {
    const result = await post(http({ network: CLOSED }), 'http://service.example/');

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'misconfigured', reason: 'plain-http' } });
  });

  it.each(['127.0.0.1', 'localhost', '[::1]'])('sends nothing to %s', async (host) => {
    const target = await server();

    const result = await post(http({ network: CLOSED }), `https://${host}:${target.port}/`);

    expect(result).toMatchObject({
      kind: 'fault',
      rest: { fate: 'misconfigured', reason: 'address-not-allowed' },
    });
    expect(target.connections()).toBe(0);
  });

  it('refuses plain http to listed networks too', async () => {
    const network = { ...CLOSED, allowPrivate: ['10.0.0.0/8'] };

    const result = await post(http({ network }), 'http://10.0.0.1/');

    expect(result).toMatchObject({ rest: { fate: 'misconfigured', reason: 'plain-http' } });
  });
});
