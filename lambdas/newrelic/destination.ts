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
import { type NewRelicSettings, parse } from './settings.ts';

function open(settings: NewRelicSettings, network: Network): DestinationClient {
  const http = createHttp({ network, ca: settings.ca });
  const headers = { 'api-key': settings.licenseKey, 'content-type': 'application/json' };

  function prepare({ body, nowMs }: EncodedRequest): SendPrepared {
    const post = http.prepare({ url: settings.url, headers, body, gzip: true });
    return async (signal) => outcomeOfResult(await post(signal), { nowMs });
  }

  return { endpoint: endpointOf(settings.url), encoder: createEncoder, prepare, close: http.close };
}

/** New Relic's log API. */
export const DESTINATION: Destination<NewRelicSettings> = { manifest: MANIFEST, parse, open };
