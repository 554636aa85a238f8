import type { AttemptRequest, Destination, DestinationClient } from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import type { Outcome } from '../../shared/destination/outcome.ts';
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

  async function attempt({ agentId, body, signal, nowMs }: AttemptRequest): Promise<Outcome> {
    const query = settings.isClientToken ? `?ddsource=${encodeURIComponent(agentId)}` : '';
    const result = await http.post({ url: settings.url + query, headers, body, gzip: true, signal });
    return outcomeOfResult(result, { nowMs });
  }

  return { endpoint: endpointOf(settings.url), encoder: createEncoder, attempt, close: http.close };
}

/** Datadog's logs intake, version 2. */
export const DESTINATION: Destination<DatadogSettings> = { manifest: MANIFEST, parse, open };
