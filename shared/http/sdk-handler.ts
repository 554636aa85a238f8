import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Network } from '../destination/network.ts';
import { proxyAddress } from '../proxy/proxy-address.ts';
import { createProxyAgent } from '../proxy/proxy-agent.ts';
import { proxyFor, readProxy } from '../proxy/proxy-for.ts';
import { socketLookup } from './address-guard.ts';

/** What an SDK client needs of a handler; nothing is set after the start. */
interface SdkHandler extends Pick<NodeHttpHandler, 'handle' | 'destroy'> {
  readonly updateHttpClientConfig: () => void;
  readonly httpHandlerConfigs: () => Record<string, never>;
}

/**
 * An SDK client's HTTP handler; `timeoutMs` is for the whole of one request. Each host is reached through the
 * environment's proxy (`readProxy`) unless NO_PROXY names it. Names are looked up by `lookup`, by default the system's.
 * Throws an EnvironmentError for a proxy that cannot be used.
 */
export function sdkRequestHandler(timeoutMs: number, lookup?: Network['lookup']): SdkHandler {
  const settings = readProxy();
  if (settings.proxyUrl !== undefined) proxyAddress(settings.proxyUrl, settings.proxyVariable);
  const waits = { connectionTimeout: 3_000, requestTimeout: timeoutMs, throwOnRequestTimeout: true };
  const agent = { keepAlive: true, lookup: socketLookup(lookup) };
  let direct: NodeHttpHandler | undefined;
  let proxied: NodeHttpHandler | undefined;

  const choose = (protocol: string, host: string): NodeHttpHandler => {
    const proxy = protocol === 'https:' ? proxyFor(new URL(`https://${host}`), settings) : undefined;
    if (proxy === undefined) {
      direct ??= new NodeHttpHandler({ ...waits, httpAgent: agent, httpsAgent: agent });
      return direct;
    }
    proxied ??= new NodeHttpHandler({ ...waits, httpsAgent: createProxyAgent(proxy, agent) });
    return proxied;
  };

  return {
    handle: async (request, options) => {
      const { protocol, hostname, port } = request;
      return choose(protocol, port ? `${hostname}:${port}` : hostname).handle(request, options);
    },
    destroy: () => {
      direct?.destroy();
      proxied?.destroy();
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}
