import type {
  Destination,
  DestinationClient,
  EncodedRequest,
  SendPrepared,
} from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import { outcomeOfResult } from '../../shared/http/outcome-of-result.ts';
import { createHttp } from '../../shared/http/post.ts';
import { endpointOf } from '../../shared/http/setting-schemas.ts';
import { createEncoder } from './encode.ts';
import { MANIFEST } from './manifest.ts';
import { type DatadogSettings, parse } from './settings.ts';

function open(settings: DatadogSettings, network: Network): DestinationClient {
  const http = createHttp({ network, ca: settings.ca });
  // In the header even for client tokens, as Datadog's mobile SDKs do: a query ends up in logs along the way.
  const headers = { 'dd-api-key': settings.token, 'content-type': 'application/json' };

  function prepare({ agentId, body, nowMs }: EncodedRequest): SendPrepared {
    const query = settings.isClientToken ? `?ddsource=${encodeURIComponent(agentId)}` : '';
    const post = http.prepare({ url: settings.url + query, headers, body, gzip: true });
    return async (signal) => outcomeOfResult(await post(signal), { nowMs });
  }

  return { endpoint: endpointOf(settings.url), encoder: createEncoder, prepare, close: http.close };
}

/** Datadog's logs intake, version 2. */
export const DESTINATION: Destination<DatadogSettings> = { manifest: MANIFEST, parse, open };
