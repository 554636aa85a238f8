import { type ByteWriter, createByteWriter } from '../../shared/destination/byte-writer.ts';
import type {
  Destination,
  DestinationClient,
  EncodedRequest,
  SendPrepared,
} from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import { DELIVERED, type Outcome, type Rest } from '../../shared/destination/outcome.ts';
import type { HttpAnswer } from '../../shared/http/connection.ts';
import { outcomeOfRest, outcomeOfResult } from '../../shared/http/outcome-of-result.ts';
import { createHttp } from '../../shared/http/post.ts';
import { endpointOf } from '../../shared/http/setting-schemas.ts';
import { createEncoder } from './encode.ts';
import { MANIFEST } from './manifest.ts';
import { parse, type SentrySettings } from './settings.ts';

/** Assumed for a 429, and for a limit, that does not say for how long. */
const DEFAULT_LIMIT_MS = 60_000;
const LOG_CATEGORIES = new Set(['log_item', 'log_byte']);

/**
 * For how long X-Sentry-Rate-Limits (`seconds:category;…:scope:reason, …`, no category meaning all) keeps logs
 * out, in ms, 0 if it is about others: https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/
 */
function logsLimitedMs(header: string): number {
  const limits = header.split(',').map((limit) => {
    const [seconds = '', categories = ''] = limit.trim().split(':');
    const concerned = categories === '' || categories.split(';').some((name) => LOG_CATEGORIES.has(name));
    if (!concerned) return 0;
    return /^\d+$/.test(seconds) ? Number(seconds) * 1000 : DEFAULT_LIMIT_MS;
  });
  return Math.max(...limits);
}

/** The limits may come with any status; where they do, Retry-After does not count. */
function judgeAnswer(answer: HttpAnswer, rest: Rest): Outcome {
  const header = answer.headers['x-sentry-rate-limits'];
  const limitedMs = header === undefined ? undefined : logsLimitedMs(header);
  if (rest.fate === 'delivered') return limitedMs ? { ...DELIVERED, pauseMs: limitedMs } : DELIVERED;
  if (rest.fate !== 'retry') return outcomeOfRest(answer, rest);
  const afterMs = limitedMs ?? rest.afterMs ?? (answer.status === 429 ? DEFAULT_LIMIT_MS : undefined);
  return outcomeOfRest(answer, afterMs === undefined ? rest : { ...rest, afterMs });
}

/** Puts the headers of an envelope before a body: https://develop.sentry.dev/sdk/foundations/transport/envelopes/ */
function writeEnvelope(out: ByteWriter, { body, events, nowMs }: EncodedRequest): void {
  // At the real time of sending: Relay shifts all times by what `sent_at` is off by.
  const header = { sent_at: new Date(nowMs).toISOString() };
  const item = {
    type: 'log',
    item_count: events,
    content_type: 'application/vnd.sentry.items.log+json',
    length: body.length,
  };
  out.truncate(0);
  out.ascii(`${JSON.stringify(header)}\n${JSON.stringify(item)}\n`);
  out.bytes(body, 0, body.length);
}

function open(settings: SentrySettings, network: Network): DestinationClient {
  const http = createHttp({ network, ca: settings.ca });
  const url = settings.envelopeUrl;
  const auth = `Sentry sentry_version=7, sentry_client=${network.client}, sentry_key=${settings.publicKey}`;
  const headers = { 'x-sentry-auth': auth, 'content-type': 'application/x-sentry-envelope' };
  const envelope = createByteWriter();

  function prepare(request: EncodedRequest): SendPrepared {
    const { nowMs } = request;
    writeEnvelope(envelope, request);
    const post = http.prepare({ url, headers, body: envelope.written(), gzip: true });
    return async (signal) => outcomeOfResult(await post(signal), { nowMs, judge: judgeAnswer });
  }

  return { endpoint: endpointOf(url), encoder: createEncoder, prepare, close: http.close };
}

/** Sentry's logs, by envelopes. */
export const DESTINATION: Destination<SentrySettings> = { manifest: MANIFEST, parse, open };
