import type { buildConnector } from 'undici';
import type { Network } from '../destination/network.ts';
import { proxyFor } from '../proxy/proxy-for.ts';
import { type Connection, createConnection } from './connection.ts';
import { createConnector } from './connector.ts';
import { createRefCounted } from './ref-counted.ts';

/** What connects to one origin, trusting the same certificates. */
export interface Pool {
  readonly key: string;
  readonly origin: string;
  readonly connector: buildConnector.connector;
  /** Nobody is left who would use its connections again. */
  isLeft: boolean;
}

/** A function's connections, which all drains share: agents with accounts of their own mostly send to one origin. */
export interface Pools {
  readonly join: (url: URL, ca: string | undefined) => Pool;
  /** After the last its connections are closed: those in use when they are given back. */
  readonly leave: (pool: Pool) => Promise<void>;
  /** The one of the pool that was used last, so that few stay open; a new one if none is at rest. */
  readonly take: (pool: Pool) => Connection;
  /** After each request, whatever became of it. */
  readonly giveBack: (pool: Pool, connection: Connection) => void;
}

/** Of all pools together: each may be an open file, of which a function has 1,024 (gettingstarted-limits.html of Lambda). */
const MAX_AT_REST = 256;

async function close(connection: Connection | undefined): Promise<void> {
  await connection?.close().catch(() => undefined);
}

function createPools(network: Network): Pools {
  const pools = createRefCounted<Pool>();
  /** Those used last come last. */
  const atRest: { readonly pool: Pool; readonly connection: Connection }[] = [];

  function takeRested(pool: Pool): Connection | undefined {
    const at = atRest.findLastIndex((one) => one.pool === pool);
    return at < 0 ? undefined : atRest.splice(at, 1)[0]?.connection;
  }

  return {
    join: (url, ca) => {
      const { origin } = url;
      const key = `${origin}\n${ca ?? ''}`;
      return pools.join(key, () => {
        const connector = createConnector({ network, ca, proxy: proxyFor(url, network) });
        return { key, origin, connector, isLeft: false };
      });
    },
    leave: async (pool) => {
      if (!pools.leave(pool.key)) return;
      pool.isLeft = true;
      const left: Promise<void>[] = [];
      for (let one = takeRested(pool); one !== undefined; one = takeRested(pool)) left.push(close(one));
      await Promise.all(left);
    },
    take: (pool) => takeRested(pool) ?? createConnection(pool.origin, pool.connector),
    giveBack: (pool, connection) => {
      atRest.push({ pool, connection });
      if (pool.isLeft) void close(takeRested(pool));
      else if (atRest.length > MAX_AT_REST) void close(atRest.shift()?.connection);
    },
  };
}

const ofNetwork = new WeakMap<Network, Pools>();

/** The pools of a network: there is one network in each function. */
export function poolsOf(network: Network): Pools {
  const pools = ofNetwork.get(network) ?? createPools(network);
  ofNetwork.set(network, pools);
  return pools;
}
