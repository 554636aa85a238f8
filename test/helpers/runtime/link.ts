import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A stretch of network between a function and a service on 127.0.0.1, which can be cut. */
export interface Link {
  readonly port: number;
  /**
   * Ends what the function keeps open: in order, with a reset, or with a reset when it is next used. What is still on the
   * way to the service is lost.
   */
  readonly cut: (how: Cut) => Promise<void>;
  /** New connections are taken, but nothing comes or goes on them. */
  readonly mute: () => void;
  /** Connections that were reset in use. */
  readonly resetsInUse: () => number;
  readonly close: () => Promise<void>;
}

export type Cut = 'end' | 'reset' | 'reset-in-use';

function join(near: Socket, far: Socket): void {
  near.pipe(far).pipe(near);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('error', () => other.resetAndDestroy());
  }
}

export async function startLink(servicePort: number): Promise<Link> {
  const pairs = new Map<Socket, Socket | undefined>();
  let isMute = false;
  let resetsInUse = 0;

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    near.once('close', () => pairs.delete(near));
    near.on('error', () => undefined);
    if (isMute) {
      pairs.set(near, undefined);
      return;
    }
    const far = connect({ port: servicePort, host: '127.0.0.1', allowHalfOpen: true });
    pairs.set(near, far);
    join(near, far);
  });

  /** Resets a connection to the service, also one that the function has given up: that is when our end has gone out. */
  async function lose(far: Socket): Promise<void> {
    if (far.closed) return;
    const closed = new Promise<unknown>((resolve) => far.once('close', resolve));
    const isEnding = far.writableEnded && !far.writableFinished;
    if (isEnding) await Promise.race([closed, new Promise((resolve) => far.once('finish', resolve))]);
    far.resetAndDestroy();
    await closed;
  }

  function cutOne(near: Socket, far: Socket | undefined, how: Cut): void {
    near.unpipe();
    far?.unpipe();
    if (how === 'end') near.end();
    else if (how === 'reset') near.resetAndDestroy();
    else {
      near.once('data', () => {
        resetsInUse += 1;
        near.resetAndDestroy();
      });
      near.resume();
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    mute: () => {
      isMute = true;
    },
    resetsInUse: () => resetsInUse,
    cut: async (how) => {
      const lost: Promise<void>[] = [];
      for (const [near, far] of pairs) {
        cutOne(near, far, how);
        if (far !== undefined) lost.push(lose(far));
      }
      await Promise.all(lost);
    },
    close: async () => {
      for (const [near, far] of pairs) {
        near.destroy();
        far?.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}
