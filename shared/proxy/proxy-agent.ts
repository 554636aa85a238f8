import type { AgentOptions } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { ProxyRefusedError } from './proxy-refused.ts';

/** How long a proxy may take to open a tunnel. */
const TUNNEL_TIMEOUT_MS = 10_000;

type Connect = HttpsProxyAgent<string>['connect'];

/**
 * Sockets through a proxy's tunnels, for Node's own client. What the proxy itself answers is an error with the code
 * PROXY_REFUSED, not the answer of whoever is behind it; so is, with ETIMEDOUT, a proxy that does not answer for 10 s.
 */
export function createProxyAgent(proxy: URL, options: AgentOptions): HttpsProxyAgent<string> {
  const agent = new HttpsProxyAgent<string>(proxy.href, options);
  const open: Connect = agent.connect.bind(agent);
  const connect: Connect = async (request, connectOptions) => {
    let status: number | undefined;
    request.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
      status = statusCode;
    });
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(Object.assign(new Error('no tunnel'), { code: 'ETIMEDOUT' })),
      TUNNEL_TIMEOUT_MS,
    );
    // Read at once, by the call that follows: a socket that leads nowhere is closed then, and not left behind.
    Object.assign(agent.connectOpts, { signal: late.signal });
    try {
      const socket = await open(request, connectOptions);
      if (status === undefined || status === 200) return socket;
      socket.on('error', () => undefined).destroy();
      throw new ProxyRefusedError(status);
    } catch (error) {
      throw late.signal.aborted ? late.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  };
  return Object.assign(agent, { connect });
}
