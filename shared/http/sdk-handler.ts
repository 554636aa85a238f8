import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { proxyAddress } from './proxy-address.ts';

export interface SdkHandlerOptions {
  /** Endpoint prefix of the service: `secretsmanager`, `s3`, `kinesis`. */
  readonly service: string;
  readonly region: string | undefined;
  /** The whole of one request. */
  readonly timeoutMs: number;
}

/** An SDK client's HTTP handler with bounded waits, through HTTPS_PROXY unless NO_PROXY names the service. */
export function sdkRequestHandler({ service, region, timeoutMs }: SdkHandlerOptions): NodeHttpHandler {
  const proxyUrl = getProxyForUrl(`https://${service}.${region ?? 'us-east-1'}.amazonaws.com`);
  return new NodeHttpHandler({
    connectionTimeout: 3_000,
    requestTimeout: timeoutMs,
    throwOnRequestTimeout: true,
    ...(proxyUrl === '' ? {} : { httpsAgent: new HttpsProxyAgent(proxyAddress(proxyUrl)) }),
  });
}
