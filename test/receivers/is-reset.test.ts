import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isReset } from '../../receivers/kit/is-reset.ts';
import { portOf } from '../../receivers/kit/port.ts';

describe('isReset', () => {
  let server: Server;
  let near: Socket;
  let far: Socket;

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    near = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
    [far] = (await once(server, 'connection')) as [Socket];
    far.on('error', () => undefined);
    await new Promise<void>((resolve) => near.write('read together with the end', () => resolve()));
  });
  afterEach(async () => {
    near.destroy();
    far.destroy();
    server.close();
    await once(server, 'close');
  });

  /** Reads to what seems to be the end. */
  function read(): Promise<void> {
    return new Promise((resolve) => {
      far.once('end', resolve).once('error', resolve);
      far.resume();
    });
  }

  it('knows a reset, which may look like an end', async () => {
    near.resetAndDestroy();
    await read();

    expect(await isReset(far)).toBe(true);
  });

  it('knows an end, and spoils nothing that is said after it', async () => {
    near.end();
    await read();

    expect(await isReset(far)).toBe(false);
    far.end('said');
    const [said] = (await once(near, 'data')) as [Buffer];
    expect(said.toString()).toBe('said');
  });

  it('takes an end for one where our side has ended too', async () => {
    far.end();
    near.end();
    await read();

    expect(await isReset(far)).toBe(false);
  });
});
