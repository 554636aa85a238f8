import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendOnce } from '../../lambdas/syslog/connection.ts';
import { guardedLookup } from '../../shared/http/address-guard.ts';
import { createAuthority } from '../helpers/certificates.ts';
import { OPEN_NETWORK } from '../http/http-server.ts';

/** A receiver that resets each connection as soon as it is there, now a little earlier, now later. */
const RESETTING = `
  const { createServer } = require('node:tls');
  process.once('message', (pair) => {
    const raws = new Map();
    const server = createServer(pair, (socket) => {
      socket.on('error', () => {});
      raws.get(socket.remotePort)?.resetAndDestroy();
    });
    server.on('connection', (raw) => raws.set(raw.remotePort, raw));
    server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  });
  setInterval(() => { for (const end = Date.now() + Math.random() * 12; Date.now() < end; ); }, 5);
  process.on('disconnect', () => process.exit(0));`;

describe('a syslog peer that resets the connection', () => {
  let child: ChildProcess;
  let port: number;
  let ca: string;

  beforeAll(async () => {
    const authority = await createAuthority();
    ca = authority.cert;
    child = spawn(process.execPath, ['-e', RESETTING], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
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
    for (let i = 0; i < 200; i += 1) {
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
