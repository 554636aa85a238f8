import { NodeHttp2Handler } from '@smithy/node-http-handler';
import { type ProxySettings, proxyFor, readProxy } from '../../../shared/proxy/proxy-for.ts';
import { type HttpVersions, isHttp1InDoubt, isVersionInDoubt } from './http-version.ts';
import { probeHttp } from './probe-http.ts';

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
 * HTTP/2 over one connection, like the SDK's own handler for Kinesis; HTTP/1.1 through a proxy if the environment names
 * one, since the SDK's HTTP/2 knows no proxies, and to a server that speaks nothing else. Throws what the request threw,
 * or an EnvironmentError for a proxy that cannot be used.
 */
export function createRequestHandler(versions: HttpVersions): RequestHandler & HandlerSettings {
  const proxySettings = readProxy();
  const http2 = new NodeHttp2Handler({
    sessionTimeout: MAX_IDLE_MS,
    nodeHttp2ConnectOptions: { maxSessionMemory: MAX_SESSION_MEMORY_MB },
  });
  const answeredByHttp2 = new Set<string>();
  const http1 = createHttp1Handlers();

  const handle: Handle = async (request, options) => {
    const { protocol, hostname, port } = request;
    const origin = new URL(`${protocol}//${port ? `${hostname}:${port}` : hostname}`);
    const proxy = proxyOf(origin, proxySettings);
    if (proxy !== undefined) return (await http1.through(proxy)).handle(request, options);
    if (versions.isHttp1(origin.href)) return byHttp1(origin, [request, options]);
    try {
      const answer = await http2.handle(request, options);
      answeredByHttp2.add(origin.href);
      return answer;
    } catch (error) {
      if (answeredByHttp2.has(origin.href) || !isVersionInDoubt(error)) throw error;
      const spoken = await probeHttp(origin);
      if (spoken === 'neither') throw new NotHttpError(error);
      if (spoken !== 'http/1.1') throw error;
      versions.setHttp1(origin.href);
      if (options?.abortSignal?.aborted === true) throw error;
    }
    // The server cannot have understood the request by HTTP/2, so nothing is sent twice.
    return byHttp1(origin, [request, options]);
  };

  const byHttp1 = async (origin: URL, call: Parameters<Handle>): ReturnType<Handle> => {
    try {
      return await (await http1.through(undefined)).handle(...call);
    } catch (error) {
      if (isHttp1InDoubt(error)) versions.forget(origin.href);
      throw error;
    }
  };

  return {
    handle,
    destroy: () => {
      http2.destroy();
      http1.destroy();
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

/** Thrown for a server that answers, and not by HTTP. */
class NotHttpError extends Error {
  override readonly name = 'NotHttpError';

  constructor(error: unknown) {
    super('not HTTP', {
      cause: Object.assign(new Error('not HTTP', { cause: error }), { code: 'NOT_HTTP' }),
    });
  }
}

function proxyOf(origin: URL, settings: ProxySettings): URL | undefined {
  return origin.protocol === 'https:' ? proxyFor(origin, settings) : undefined;
}

interface Http1Handlers {
  readonly through: (proxy: URL | undefined) => Promise<RequestHandler>;
  readonly destroy: () => void;
}

function createHttp1Handlers(): Http1Handlers {
  const handlers = new Map<string, Promise<RequestHandler>>();
  return {
    through: (proxy) => {
      const key = proxy?.href ?? '';
      const handler = handlers.get(key) ?? load(proxy);
      handlers.set(key, handler);
      return handler;
    },
    destroy: () => {
      for (const handler of handlers.values()) void handler.then((loaded) => loaded.destroy());
    },
  };
}

async function load(proxy: URL | undefined): Promise<RequestHandler> {
  const { createHttp1Handler } = await import('./http1-handler.ts');
  return createHttp1Handler(proxy);
}
