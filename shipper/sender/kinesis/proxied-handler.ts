import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpsProxyAgent } from 'https-proxy-agent';

/** HTTP/1.1 through a proxy. A module of its own, loaded only if there is a proxy: it loads a good deal itself. */
export function createProxiedHandler(proxy: string): NodeHttpHandler {
  return new NodeHttpHandler({ httpsAgent: new HttpsProxyAgent(proxy, { keepAlive: true }) });
}
