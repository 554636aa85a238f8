import { lookup as systemLookup } from 'node:dns';
import { createServer, isIP } from 'node:net';
import { loadDestination } from '../../lambdas/load-destination.ts';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { createByteWriter } from '../../shared/destination/byte-writer.ts';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import type { DestinationClient, Line, ParsedSettings } from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import type { Rest } from '../../shared/destination/outcome.ts';
import { OPEN_NETWORK } from '../helpers/http-server.ts';
import { closeServer } from '../helpers/listen.ts';
import { mirrored } from '../helpers/mirrored.ts';
import { type HostileSettings, KEY } from './hostile-settings.ts';

type Raw = Readonly<Record<string, string>>;

/** A destination with settings that are right but for what a test puts into them. */
export interface Reached {
  readonly id: DestinationId;
  readonly hostile: HostileSettings;
  /** Settings that name an address, as a URL's scheme and authority. */
  readonly at: (scheme: 'https' | 'http', authority: string) => Raw;
  readonly parse: (raw: Raw) => ParsedSettings<CommonSettings>;
  /** Sends one line in one request; settings that are refused give the fate `unusable`. */
  readonly attempt: (
    raw: Raw,
    network: Network,
    text?: string,
  ) => Promise<Rest | { readonly fate: 'unusable' }>;
}

const HEAD = { agentId: 'CA_reach', workerId: 'w' };

function bodyOf({ encoder: create }: DestinationClient, text: string): Buffer {
  const out = createByteWriter();
  const encoder = create(HEAD);
  const bytes = Buffer.from(text);
  const line: Line = {
    workerId: HEAD.workerId,
    bytes,
    start: 0,
    end: bytes.length,
    timeMs: 1_768_473_000_000,
    originalTimeMs: undefined,
    stream: 'stdout',
    level: 'info',
    seq: 0,
  };
  encoder.begin?.(out);
  encoder.line(out, line, 0);
  encoder.end?.(out);
  return out.toBuffer();
}

async function reached(id: DestinationId): Promise<Reached> {
  const { parse, open } = await loadDestination(id);
  const hostile = await mirrored<HostileSettings>(
    `test/lambdas/${id}/hostile-settings.ts`,
    'HOSTILE_SETTINGS',
  );
  return {
    id,
    hostile,
    at: (scheme, authority) => ({
      ...RECEIVERS[id].settingsAt({ scheme, authority, key: KEY }),
      ...hostile.more,
    }),
    parse,
    attempt: async (raw, network, text = 'a line') => {
      const parsed = parse(raw);
      if (parsed.kind !== 'on') return { fate: 'unusable' };
      const drain = open(parsed.settings, network);
      try {
        const request = { ...HEAD, body: bodyOf(drain, text), events: 1, nowMs: Date.now() };
        const { rest } = await drain.prepare(request)(AbortSignal.timeout(20_000));
        return rest;
      } finally {
        await drain.close?.();
      }
    },
  };
}

/** Every destination: each takes an address from its settings. */
export const REACHED: readonly Reached[] = await Promise.all(MANIFESTS.map(({ id }) => reached(id)));

/** Those that speak HTTP. */
export const OVER_HTTP = REACHED.filter(({ id }) => RECEIVERS[id].protocol === 'http');

/** As a deployed function has it. */
export const CLOSED_NETWORK: Network = { ...OPEN_NETWORK, allowPrivate: undefined };

/**
 * Answers from a table, one answer after the other and the last for good. What the C library takes for an address is
 * left to it, so that no test asks a name server.
 */
export function namesOf(table: Readonly<Record<string, readonly string[]>>): {
  readonly lookup: NonNullable<Network['lookup']>;
  readonly asked: readonly string[];
} {
  const asked: string[] = [];
  return {
    asked,
    lookup: (hostname, options, callback) => {
      if (/^[\dxa-f.]+$/i.test(hostname) || /^localhost$/i.test(hostname)) {
        systemLookup(hostname, options, callback);
        return;
      }
      const answers = table[hostname] ?? [];
      const answer = answers[Math.min(asked.filter((name) => name === hostname).length, answers.length - 1)];
      asked.push(hostname);
      process.nextTick(() => {
        if (answer === undefined) callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
        else
          callback(
            null,
            answer.split(',').map((address) => ({ address, family: isIP(address) })),
          );
      });
    },
  };
}

/** Counts who connects to this machine, by whichever of its addresses. */
export async function startTrap(): Promise<{
  readonly port: number;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined).destroy();
  });
  await new Promise<void>((resolve, reject) => {
    // IPv4 too; a machine without IPv6 has the other alone.
    server.once('error', () => server.once('error', reject).listen(0, '0.0.0.0', resolve));
    server.listen(0, '::', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return { port: address.port, connections: () => connections, close: () => closeServer(server) };
}
