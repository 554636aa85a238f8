import type { buildConnector } from 'undici';
import type { Network } from '../delivery/destination.ts';
import { type Connection, createConnection } from './connection.ts';
import { createConnector } from './connector.ts';
import { proxyFor } from './proxy.ts';

/** What connects to one origin, trusting the same certificates. */
export interface Pool {
  readonly key: string;
  readonly origin: string;
  readonly connector: buildConnector.connector;
  /** Those who joined and have not left. */
  users: number;
}

/** A function's connections, which all drains share: agents with accounts of their own mostly send to one origin. */
export interface Pools {
  readonly join: (url: URL, ca: string | undefined) => Pool;
  /** With the last user the pool's connections are closed: those in use when they are given back. */
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
  const pools = new Map<string, Pool>();
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
      const open = (): Pool => {
        const connector = createConnector({ network, ca, proxy: proxyFor(url, network) });
        return { key, origin, connector, users: 0 };
      };
      const pool = pools.get(key) ?? open();
      pools.set(key, pool);
      pool.users += 1;
      return pool;
    },
    leave: async (pool) => {
      pool.users -= 1;
      if (pool.users > 0) return;
      pools.delete(pool.key);
      const left: Promise<void>[] = [];
      for (let one = takeRested(pool); one !== undefined; one = takeRested(pool)) left.push(close(one));
      await Promise.all(left);
    },
    take: (pool) => takeRested(pool) ?? createConnection(pool.origin, pool.connector),
    giveBack: (pool, connection) => {
      atRest.push({ pool, connection });
      if (pool.users === 0) void close(takeRested(pool));
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
