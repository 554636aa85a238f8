import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendOnce } from '../../../lambdas/syslog/connection.ts';
import { guardedLookup } from '../../../shared/http/address-guard.ts';
import { createAuthority } from '../../helpers/certificates.ts';
import { OPEN_NETWORK } from '../../helpers/http-server.ts';

/**
 * A program that serves TLS with `serve(pair)`, whose result listens, once it has got a key pair, and tells its port.
 * It is as busy as we are.
 */
const program = (serve: string): string => `
  const { once } = require('node:events');
  const { createServer: createTcpServer } = require('node:net');
  const { Duplex } = require('node:stream');
  const { createSecureContext, createServer, TLSSocket } = require('node:tls');
  ${serve}
  process.once('message', (pair) => {
    const server = serve(pair);
    server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  });
  setInterval(() => { for (const end = Date.now() + Math.random() * 12; Date.now() < end; ); }, 5);
  process.on('disconnect', () => process.exit(0));`;

/** Resets each connection as soon as it is there, now a little earlier, now later. */
const RESETTING = program(`
  function serve(pair) {
    const raws = new Map();
    const server = createServer(pair, (socket) => {
      socket.on('error', () => {});
      raws.get(socket.remotePort)?.resetAndDestroy();
    });
    return server.on('connection', (raw) => raws.set(raw.remotePort, raw));
  }`);

/** Waits for our end, takes leave with close_notify and resets: what a daemon does that is stopped with lines unread. */
const LEAVING = program(`
  function serve(pair) {
    return createTcpServer({ allowHalfOpen: true }, (raw) => {
      raw.on('error', () => {});
      const stream = new Duplex({
        read: () => {},
        write: (chunk, _encoding, done) => void raw.write(chunk, () => done()),
        final: () => void raw.resetAndDestroy(),
      });
      raw.on('data', (chunk) => stream.push(chunk));
      const socket = new TLSSocket(stream, { isServer: true, secureContext: createSecureContext(pair) });
      socket.on('error', () => {});
      once(raw, 'end').then(() => socket.end(), () => {});
    });
  }`);

describe.each([
  { what: 'resets the connection', source: RESETTING, times: 200 },
  { what: 'takes leave and resets', source: LEAVING, times: 50 },
])('a syslog peer that $what', ({ source, times }) => {
  let child: ChildProcess;
  let port: number;
  let ca: string;

  beforeAll(async () => {
    const authority = await createAuthority();
    ca = authority.cert;
    child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.send(await authority.issue());
    [port] = (await once(child, 'message')) as [number];
  });
  afterAll(async () => {
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
  });

  it('is never taken for one that has ended it in good order, whatever the moment and however busy we are', async () => {
    const peer = {
      host: '127.0.0.1',
      port,
      serverName: '',
      secureContext: createSecureContext({ ca }),
      lookup: guardedLookup(OPEN_NETWORK),
    };
    const waits = { connectMs: 30_000, closeMs: 30_000 };
    const busy = setInterval(() => {
      for (const end = Date.now() + Math.random() * 12; Date.now() < end; );
    }, 7);

    const endings = new Set<string>();
    for (let i = 0; i < times; i += 1) {
      const { signal } = new AbortController();
      const ending = await sendOnce(peer, Buffer.alloc(33_000, 'x'), { signal, waits });
      endings.add(
        ending.kind === 'error' ? ((ending.error as NodeJS.ErrnoException).code ?? '') : ending.kind,
      );
    }
    clearInterval(busy);

    expect([...endings].filter((ending) => !/^(ECONNRESET|EPIPE)$/.test(ending))).toEqual([]);
  });
});
