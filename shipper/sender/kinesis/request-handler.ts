import { NodeHttp2Handler } from '@smithy/node-http-handler';
import { getProxyForUrl } from 'proxy-from-env';

/** A quiet agent's connection is closed before a NAT on the way forgets it. */
const MAX_IDLE_MS = 30_000;
/**
 * In units of 10^6 bytes, for four full calls in parallel. With Node's default of 10 the answer to a call of 4 MiB may
 * find no room in its session; it is dropped then, and the call is made twice (nodejs.org/api/http2.html).
 */
const MAX_SESSION_MEMORY_MB = 64;

type RequestHandler = Pick<NodeHttp2Handler, 'handle' | 'destroy'>;
/** The SDK requires these; nothing is set after the start. */
interface HandlerSettings {
  readonly updateHttpClientConfig: () => void;
  readonly httpHandlerConfigs: () => Record<string, never>;
}
type Handle = NodeHttp2Handler['handle'];

/**
 * HTTP/2 over one connection, like the SDK's own handler for Kinesis, but HTTP/1.1 through a proxy if the environment
 * (HTTPS_PROXY, NO_PROXY) names one: the SDK's HTTP/2 knows no proxies.
 */
export function createRequestHandler(): RequestHandler & HandlerSettings {
  const direct = new NodeHttp2Handler({
    sessionTimeout: MAX_IDLE_MS,
    nodeHttp2ConnectOptions: { maxSessionMemory: MAX_SESSION_MEMORY_MB },
  });
  const proxied = new Map<string, Promise<RequestHandler>>();

  const choose = (protocol: string, host: string): RequestHandler | Promise<RequestHandler> => {
    const proxy = protocol === 'https:' ? getProxyForUrl(`https://${host}`) : '';
    if (proxy === '') return direct;
    const known = proxied.get(proxy) ?? loadProxied(proxy);
    proxied.set(proxy, known);
    return known;
  };

  const handle: Handle = async (request, options) => {
    const { protocol, hostname, port } = request;
    const handler = await choose(protocol, port ? `${hostname}:${port}` : hostname);
    return handler.handle(request, options);
  };

  return {
    handle,
    destroy: () => {
      direct.destroy();
      for (const handler of proxied.values()) void handler.then((loaded) => loaded.destroy());
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

async function loadProxied(proxy: string): Promise<RequestHandler> {
  const { createProxiedHandler } = await import('./proxied-handler.ts');
  return createProxiedHandler(proxy);
}
