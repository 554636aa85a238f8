import { isIP } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type {
  Destination,
  DestinationClient,
  EncodedRequest,
  SendPrepared,
} from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import { DELIVERED, type Outcome, outcome } from '../../shared/destination/outcome.ts';
import { assertHostAllowed, guardedLookup } from '../../shared/http/address-guard.ts';
import { restOfFault } from '../../shared/http/fault.ts';
import { type Ending, sendOnce, type Waits } from './connection.ts';
import { createEncoder } from './encode.ts';
import { MANIFEST } from './manifest.ts';
import { parse, type SyslogSettings } from './settings.ts';

const WAITS: Waits = { connectMs: 3000, closeMs: 3000 };

/** The peer is asked for TLS 1.2 or higher; a private authority is trusted beside the public ones. */
function secureContextOf({ ca, client }: SyslogSettings): SecureContext {
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
  });
}

function outcomeOf(ending: Ending): Outcome {
  if (ending.kind === 'closed') return DELIVERED;
  if (ending.kind === 'silent') return { ...DELIVERED, unconfirmed: true };
  if (ending.kind === 'stopped') return outcome({ fate: 'retry', reason: ending.reason });
  const { error } = ending;
  return outcome(restOfFault(error), error instanceof Error ? error.message : undefined);
}

/** Opens a drain; tests give shorter waits. */
export function openSyslog(
  settings: SyslogSettings,
  network: Network,
  waits: Waits = WAITS,
): DestinationClient {
  const { host, port } = settings;
  const peer = {
    host,
    port,
    serverName: isIP(host) === 0 ? host : '',
    secureContext: secureContextOf(settings),
    lookup: guardedLookup(network),
  };

  /** Kept for the next body: some megabytes for each connection would keep the garbage collector busy. */
  let spare = Buffer.alloc(0);

  function prepare({ body }: EncodedRequest): SendPrepared {
    try {
      assertHostAllowed(host, network.allowPrivate);
    } catch (error) {
      return async () => outcomeOf({ kind: 'error', error });
    }
    const room = spare.length >= body.length ? spare : Buffer.allocUnsafeSlow(body.length);
    spare = Buffer.alloc(0);
    const copy = room.subarray(0, body.copy(room));
    return async (signal) => {
      const ending = await sendOnce(peer, copy, { signal, waits });
      // After any other end, TLS or the socket may still read from the buffer.
      if (ending.kind === 'closed') spare = room;
      return outcomeOf(ending);
    };
  }

  return {
    endpoint: isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`,
    startsPerSecond: settings.connectionsPerSecond,
    maxEventBytes: settings.maxBytes,
    encoder: (head) => createEncoder(head, settings),
    prepare,
  };
}

export const DESTINATION: Destination<SyslogSettings> = { manifest: MANIFEST, parse, open: openSyslog };
