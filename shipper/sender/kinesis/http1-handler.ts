import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createProxyAgent } from '../../../shared/proxy/proxy-agent.ts';

const POOL = { keepAlive: true } as const;

/** HTTP/1.1, through the proxy if there is one. A module of its own, loaded only when needed: it loads a good deal itself. */
export function createHttp1Handler(proxy: URL | undefined): NodeHttpHandler {
  return new NodeHttpHandler({
    httpAgent: POOL,
    httpsAgent: proxy === undefined ? POOL : createProxyAgent(proxy, POOL),
  });
}
