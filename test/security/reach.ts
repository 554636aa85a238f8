import { lookup as systemLookup } from 'node:dns';
import { createServer, isIP } from 'node:net';
import { DESTINATION as CLOUDWATCH } from '../../lambdas/cloudwatch/destination.ts';
import { DESTINATION as DATADOG } from '../../lambdas/datadog/destination.ts';
import { DESTINATION as NEW_RELIC } from '../../lambdas/newrelic/destination.ts';
import { DESTINATION as SENTRY } from '../../lambdas/sentry/destination.ts';
import { DESTINATION as SPLUNK } from '../../lambdas/splunk/destination.ts';
import { DESTINATION as SYSLOG } from '../../lambdas/syslog/destination.ts';
import { createByteWriter } from '../../shared/destination/byte-writer.ts';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import type {
  Destination,
  DestinationClient,
  DestinationId,
  Line,
  ParsedSettings,
} from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import type { Rest } from '../../shared/destination/outcome.ts';
import { OPEN_NETWORK } from '../helpers/http-server.ts';
import { closeServer } from '../helpers/listen.ts';

type Raw = Readonly<Record<string, string>>;

/** A destination with settings that are right but for what a test puts into them. */
export interface Reached {
  readonly id: DestinationId;
  readonly secret: string;
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

function reached<S extends CommonSettings>(
  { manifest, parse, open }: Destination<S>,
  secret: string,
  at: Reached['at'],
): Reached {
  return {
    id: manifest.id,
    secret,
    at,
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

const KEY = '0123456789abcdef0123456789abcdef';

/** All six: each takes an address from its settings. */
export const REACHED: readonly Reached[] = [
  reached(DATADOG, KEY, (scheme, authority) => ({
    DATADOG_TOKEN: KEY,
    DATADOG_URL: `${scheme}://${authority}`,
  })),
  reached(CLOUDWATCH, KEY, (scheme, authority) => ({
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: KEY,
    CLOUDWATCH_URL: `${scheme}://${authority}`,
  })),
  reached(SENTRY, KEY, (scheme, authority) => ({ SENTRY_DSN: `${scheme}://${KEY}@${authority}/42` })),
  reached(NEW_RELIC, KEY, (scheme, authority) => ({
    NEW_RELIC_LICENSE_KEY: KEY,
    NEW_RELIC_URL: `${scheme}://${authority}`,
  })),
  reached(SPLUNK, KEY, (scheme, authority) => ({
    LOGS_ENABLE_SPLUNK: '1',
    SPLUNK_HEC_TOKEN: KEY,
    SPLUNK_HEC_URL: `${scheme}://${authority}`,
  })),
  reached(SYSLOG, KEY, (_scheme, authority) => ({ SYSLOG_ENDPOINT: authority, SYSLOG_TOKEN: `t${KEY}` })),
];

/** Those that speak HTTP. */
export const OVER_HTTP = REACHED.filter(({ id }) => id !== 'syslog');

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
