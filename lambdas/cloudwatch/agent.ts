import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Network } from '../../shared/destination/network.ts';
import { guardedLookup, socketLookup } from '../../shared/http/address-guard.ts';
import { restOfFault } from '../../shared/http/fault.ts';
import { createRefCounted, type RefCounted } from '../../shared/http/ref-counted.ts';
import { createProxyAgent } from '../../shared/proxy/proxy-agent.ts';
import { proxyFor } from '../../shared/proxy/proxy-for.ts';

const CONNECT_TIMEOUT_MS = 3000;

/** The engine bounds what is in flight. */
const POOL = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };

/** Sockets to one origin, for all accounts that send there: guarded against addresses that are not allowed, TLS 1.2 or higher, through the proxy if there is one. */
export interface Transport {
  readonly requestHandler: NodeHttpHandler;
  /** Whether a socket that had served before was reset, which may only mean that the peer had closed it meanwhile. */
  readonly wasStale: (error: unknown) => boolean;
  /** Closes idle sockets: where one was stale, the others are. */
  readonly dropIdle: () => void;
  /** Once, by each of those who share it: with the last the sockets are closed. */
  readonly close: () => void;
}

function isReset(error: Error): boolean {
  const rest = restOfFault(error);
  return rest.fate === 'retry' && rest.reason === 'connection-reset';
}

function agentFor(url: URL, network: Network): HttpAgent | HttpsAgent {
  const proxy = proxyFor(url, network);
  // The proxy looks the name up, so the guard cannot see where it leads; what leads there is the operator's choice.
  if (proxy !== undefined)
    return createProxyAgent(proxy, {
      ...POOL,
      minVersion: 'TLSv1.2',
      lookup: socketLookup(network.lookup),
    });
  const lookup = guardedLookup(network);
  if (url.protocol === 'http:') return new HttpAgent({ ...POOL, lookup });
  return new HttpsAgent({ ...POOL, lookup, minVersion: 'TLSv1.2' });
}

const ofNetwork = new WeakMap<Network, RefCounted<Transport>>();

/** The sockets of a function to an origin, shared with all who join. */
export function joinTransport(url: URL, network: Network): Transport {
  const transports = ofNetwork.get(network) ?? createRefCounted<Transport>();
  ofNetwork.set(network, transports);
  const transport = transports.join(url.origin, () => createTransport(url, network));
  return {
    ...transport,
    close: () => {
      if (transports.leave(url.origin)) transport.close();
    },
  };
}

function createTransport(url: URL, network: Network): Transport {
  const agent = agentFor(url, network);
  const stale = new WeakSet<Error>();
  const reuseSocket = agent.reuseSocket.bind(agent);
  // https://nodejs.org/api/http.html#agentreusesocketsocket-request: the hook for sockets that wait for a next request.
  agent.reuseSocket = (socket, request) => {
    request.once('error', (error) => stale.add(error));
    reuseSocket(socket, request);
  };
  return {
    requestHandler: new NodeHttpHandler({
      httpAgent: agent,
      httpsAgent: agent,
      connectionTimeout: CONNECT_TIMEOUT_MS,
    }),
    close: () => agent.destroy(),
    wasStale: (error) => error instanceof Error && stale.has(error) && isReset(error),
    dropIdle: () => {
      for (const sockets of Object.values(agent.freeSockets))
        for (const socket of sockets ?? []) socket.destroy();
    },
  };
}
