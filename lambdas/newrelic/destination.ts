import type { AttemptRequest, Destination, DestinationClient } from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import type { Outcome } from '../../shared/destination/outcome.ts';
import { outcomeOfResult } from '../../shared/http/outcome-of-result.ts';
import { createHttp } from '../../shared/http/post.ts';
import { endpointOf } from '../../shared/http/setting-schemas.ts';
import { createEncoder } from './encode.ts';
import { MANIFEST } from './manifest.ts';
import { type NewRelicSettings, parse } from './settings.ts';

function open(settings: NewRelicSettings, network: Network): DestinationClient {
  const http = createHttp({ network, ca: settings.ca });
  const headers = { 'api-key': settings.licenseKey, 'content-type': 'application/json' };

  async function attempt({ body, signal, nowMs }: AttemptRequest): Promise<Outcome> {
    const result = await http.post({ url: settings.url, headers, body, gzip: true, signal });
    return outcomeOfResult(result, { nowMs });
  }

  return { endpoint: endpointOf(settings.url), encoder: createEncoder, attempt, close: http.close };
}

/** New Relic's log API. */
export const DESTINATION: Destination<NewRelicSettings> = { manifest: MANIFEST, parse, open };
