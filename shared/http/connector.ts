import { type LookupFunction, Socket } from 'node:net';
import * as tls from 'node:tls';
import { buildConnector, Client } from 'undici';
import type { Network } from '../destination/network.ts';
import { effectivePort } from '../proxy/no-proxy.ts';
import { proxyLogin } from '../proxy/proxy-address.ts';
import { ProxyRefusedError } from '../proxy/proxy-refused.ts';
import { guardedLookup, socketLookup } from './address-guard.ts';

const CONNECT_TIMEOUT_MS = 3_000;

export interface ConnectorOptions {
  readonly network: Network;
  /** PEM certificates to trust in addition to the public ones. */
  readonly ca?: string | undefined;
  /** Tunnels through this proxy. It looks names up itself, so the address guard cannot see where they lead. */
  readonly proxy?: URL | undefined;
}

type Secure = { readonly minVersion: 'TLSv1.2' } | { readonly secureContext: tls.SecureContext };

/** `getCACertificates` came with Node 22.15; unlike `rootCertificates` it heeds NODE_EXTRA_CA_CERTS. */
const certificates: {
  readonly rootCertificates: readonly string[];
  readonly getCACertificates?: () => readonly string[];
} = tls;

/** The context is made once: reading all public certificates anew for each connection costs milliseconds. */
function secureOptions(ca: string | undefined): Secure {
  const minVersion = 'TLSv1.2';
  if (ca === undefined) return { minVersion };
  const publicOnes = certificates.getCACertificates?.() ?? certificates.rootCertificates;
  return { secureContext: tls.createSecureContext({ ca: [...publicOnes, ca], minVersion }) };
}

function proxyHeaders(proxy: URL, host: string): Record<string, string> {
  const login = proxyLogin(proxy);
  return login === undefined ? { host } : { host, 'proxy-authorization': `Basic ${login}` };
}

interface Tunnel {
  readonly proxy: URL;
  readonly secure: Secure;
  /** Of the proxy's name. */
  readonly lookup: LookupFunction;
}

/** Asks the proxy for a tunnel (RFC 9110 section 9.3.6) to `host:port`. */
async function openTunnel({ proxy, secure, lookup }: Tunnel, target: string): Promise<Socket> {
  const client = new Client(proxy.origin, {
    connect: { ...secure, lookup, timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: CONNECT_TIMEOUT_MS,
  });
  try {
    const { statusCode, socket } = await client.connect({
      path: target,
      headers: proxyHeaders(proxy, target),
    });
    if (statusCode === 200 && socket instanceof Socket) return socket;
    socket.on('error', () => undefined).destroy();
    throw new ProxyRefusedError(statusCode);
  } finally {
    void client.close();
  }
}

function tunnelConnector(tunnel: Tunnel): buildConnector.connector {
  const upgrade = buildConnector({ ...tunnel.secure, timeout: CONNECT_TIMEOUT_MS });

  async function connect(options: buildConnector.Options, callback: buildConnector.Callback): Promise<void> {
    const target = `${options.hostname}:${effectivePort(options.protocol, options.port)}`;
    let socket: Socket;
    try {
      socket = await openTunnel(tunnel, target);
    } catch (error) {
      callback(error instanceof Error ? error : new Error('no tunnel', { cause: error }), null);
      return;
    }
    if (options.protocol === 'https:') upgrade({ ...options, httpSocket: socket }, callback);
    else callback(null, socket);
  }

  return (options, callback) => void connect(options, callback);
}

/** Opens connections to a service: guarded against addresses that are not allowed, TLS 1.2 or higher, in 3 s. */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const { network, ca, proxy } = options;
  const secure = secureOptions(ca);
  if (proxy !== undefined) return tunnelConnector({ proxy, secure, lookup: socketLookup(network.lookup) });
  const lookup = guardedLookup(network);
  return buildConnector({ ...secure, lookup, timeout: CONNECT_TIMEOUT_MS });
}
