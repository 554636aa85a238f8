import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A stretch of network between a function and a service on 127.0.0.1, which can be cut. */
export interface Link {
  readonly port: number;
  /** Ends what the function keeps open: in order, with a reset, or with a reset when it is next used. */
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

  function cutOne(near: Socket, far: Socket | undefined, how: Cut): void {
    near.unpipe();
    far?.unpipe();
    far?.destroy();
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
      const closed: Promise<unknown>[] = [];
      for (const [near, far] of pairs) {
        if (far?.closed === false) closed.push(once(far, 'close'));
        cutOne(near, far, how);
      }
      await Promise.all(closed);
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
