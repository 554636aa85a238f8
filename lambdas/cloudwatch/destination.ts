import type {
  Destination,
  DestinationClient,
  EncodedRequest,
  SendPrepared,
} from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import { type Outcome, outcome } from '../../shared/destination/outcome.ts';
import { assertHostAllowed } from '../../shared/http/address-guard.ts';
import { effectivePort } from '../../shared/proxy/no-proxy.ts';
import { createAgentClients } from './agent-client.ts';
import { createEncoder } from './encode.ts';
import { isMissing, outcomeOfError } from './fault.ts';
import { MANIFEST } from './manifest.ts';
import { rejectionsOf } from './rejected.ts';
import { type CloudWatchSettings, parse } from './settings.ts';

/** Why nothing may be sent with these settings; undefined if it may. */
function misconfigured({ url, identity }: CloudWatchSettings, network: Network): Outcome | undefined {
  if (url.protocol === 'http:' && network.allowPrivate !== 'all') {
    return outcome({ fate: 'misconfigured', reason: 'plain-http' });
  }
  if (identity.kind === 'role' && network.assumableRoles?.includes(identity.arn) !== true) {
    return outcome({ fate: 'misconfigured', reason: 'role-not-assumable' });
  }
  return undefined;
}

function open(settings: CloudWatchSettings, network: Network): DestinationClient {
  const { url } = settings;
  const clients = createAgentClients(settings, network);

  async function put({ agentId, body, events }: EncodedRequest, signal: AbortSignal): Promise<Outcome> {
    const info = await clients.of(agentId).client.putLogEvents(body, signal);
    const rejected = rejectionsOf(info, events);
    const taken: Outcome = { accepted: [], rejected, rest: { fate: 'delivered' } };
    return rejected.length === 0
      ? taken
      : { ...taken, answer: `200 rejectedLogEventsInfo ${JSON.stringify(info)}` };
  }

  async function putMakingStream(request: EncodedRequest, signal: AbortSignal): Promise<Outcome> {
    try {
      return await put(request, signal);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    await clients.of(request.agentId).ensureStream(request.agentId, request.workerId, signal);
    return put(request, signal);
  }

  function prepare(request: EncodedRequest): SendPrepared {
    const refused = misconfigured(settings, network);
    if (refused !== undefined) return async () => refused;
    try {
      assertHostAllowed(url.hostname, network.allowPrivate);
    } catch (error) {
      return async () => outcomeOfError(error);
    }
    const copy = { ...request, body: Buffer.from(request.body) };
    return async (signal) => {
      try {
        return await putMakingStream(copy, signal);
      } catch (error) {
        return outcomeOfError(error);
      }
    };
  }

  return {
    endpoint: `${url.hostname}:${effectivePort(url.protocol, url.port)}`,
    encoder: createEncoder,
    prepare,
    close: async () => clients.close(),
  };
}

export const DESTINATION: Destination<CloudWatchSettings> = { manifest: MANIFEST, parse, open };
