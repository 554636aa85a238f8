import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Range } from '../../shared/base/range-set.ts';
import type {
  Destination,
  DestinationClient,
  EncodedRequest,
  SendPrepared,
} from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import type { Outcome, Rest } from '../../shared/destination/outcome.ts';
import type { HttpAnswer } from '../../shared/http/connection.ts';
import { BAD_ANSWER, outcomeOfRest, outcomeOfResult } from '../../shared/http/outcome-of-result.ts';
import { createHttp } from '../../shared/http/post.ts';
import { endpointOf } from '../../shared/http/setting-schemas.ts';
import { createEncoder } from './encode.ts';
import { MANIFEST } from './manifest.ts';
import { parse, type SplunkSettings } from './settings.ts';

/** The collector's own answer; proxies before it answer anything. */
const collectorAnswer = z.object({
  code: z.int(),
  'invalid-event-number': z.int().optional(),
});

/** Codes: https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector */
const BUSY = 9;
/** Success, and the same with a word on how full the collector is. */
const TAKEN = new Set([0, 17, 24, 25]);
const REFUSED: Readonly<Record<number, string>> = {
  7: 'incorrect-index',
  10: 'data-channel',
  11: 'data-channel',
  14: 'data-channel',
  16: 'not-authorized',
  21: 'not-authorized',
  22: 'not-authorized',
};
/** Invalid data format, event missing, event blank, bad indexed fields. */
const INVALID_EVENT = new Set([6, 12, 13, 15]);

type CollectorAnswer = z.infer<typeof collectorAnswer>;

function readAnswer(text: string): CollectorAnswer | undefined {
  try {
    return collectorAnswer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function before(index: number): Range[] {
  return index > 0 ? [{ from: 0, to: index }] : [];
}

/**
 * Judges an answer by the collector's code. Where it names an event (from 0), it took those before it and did
 * not look at those behind it; a number outside the request is not believed.
 */
function judgeCode(said: CollectorAnswer, whole: Outcome, events: number): Outcome {
  const reason = REFUSED[said.code];
  if (reason !== undefined) return { ...whole, rest: { fate: 'misconfigured', reason } };
  const named = said['invalid-event-number'] ?? -1;
  if (named < 0 || named >= events) return whole;
  if (said.code === BUSY) return { ...whole, accepted: before(named) };
  if (!INVALID_EVENT.has(said.code)) return whole;
  const last = named === events - 1;
  return {
    ...whole,
    accepted: before(named),
    rejected: [{ from: named, to: named + 1, reason: 'invalid-event' }],
    rest: last ? { fate: 'delivered' } : { fate: 'retry', reason: 'behind-invalid-event', afterMs: 0 },
  };
}

/** Another code than success under a good status means that nobody knows. */
function judgeAnswer(answer: HttpAnswer, rest: Rest, events: number): Outcome {
  const said = readAnswer(answer.text);
  if (said === undefined || (rest.fate === 'delivered' && TAKEN.has(said.code)))
    return outcomeOfRest(answer, rest);
  const whole = outcomeOfRest(answer, rest.fate === 'delivered' ? BAD_ANSWER : rest);
  return judgeCode(said, whole, events);
}

function open(settings: SplunkSettings, network: Network): DestinationClient {
  const http = createHttp({ network, ca: settings.ca });
  const headers = {
    authorization: `Splunk ${settings.token}`,
    'content-type': 'application/json',
    // Tokens with indexer acknowledgement want a channel, the others do not mind. Nobody asks for the
    // acknowledgements, so one channel must not live for ever.
    'x-splunk-request-channel': randomUUID(),
  };

  function prepare({ body, events, nowMs }: EncodedRequest): SendPrepared {
    const post = http.prepare({ url: settings.url, headers, body, gzip: true });
    const judge = (answer: HttpAnswer, rest: Rest): Outcome => judgeAnswer(answer, rest, events);
    return async (signal) => outcomeOfResult(await post(signal), { nowMs, judge });
  }

  return {
    endpoint: endpointOf(settings.url),
    encoder: (head) => createEncoder(settings, head),
    prepare,
    close: http.close,
  };
}

/** Splunk's HTTP Event Collector. */
export const DESTINATION: Destination<SplunkSettings> = { manifest: MANIFEST, parse, open };
