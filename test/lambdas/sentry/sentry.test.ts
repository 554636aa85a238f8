import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DESTINATION } from '../../../lambdas/sentry/destination.ts';
import { createEncoder } from '../../../lambdas/sentry/encode.ts';
import { parse } from '../../../lambdas/sentry/settings.ts';
import type { DestinationClient } from '../../../shared/destination/contract.ts';
import { LEVELS } from '../../../shared/level/words/levels.ts';
import {
  anyTexts,
  attempt,
  encode,
  golden,
  goldenJson,
  goldenLines,
  HEAD,
  makeLine,
} from '../../helpers/golden.ts';
import { itTakesGoldenAnswers } from '../../helpers/golden-answers.ts';
import { OPEN_NETWORK, plainAnswer, startServer, type TestServer } from '../../helpers/http-server.ts';

interface Log {
  readonly timestamp: number;
  readonly trace_id: string;
  readonly level: string;
  readonly severity_number: number;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

function logsOf(body: string): readonly Log[] {
  return (JSON.parse(body) as { items: readonly Log[] }).items;
}

/** A trace id of ours is another than the example's, but as long. */
function withoutTrace({ trace_id: traceId, ...log }: Log): object {
  expect(traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
  return log;
}

describe('Sentry settings', () => {
  interface DsnCase {
    readonly dsn: string;
    readonly envelopeUrl: string | null;
    readonly publicKey: string | null;
    readonly valid: boolean;
  }
  const cases = goldenJson('sentry/dsn.json') as DsnCase[];

  it.each(cases.filter(({ valid }) => valid))('read $dsn', ({ dsn, envelopeUrl, publicKey }) => {
    expect(parse({ SENTRY_DSN: dsn })).toMatchObject({ kind: 'on', settings: { envelopeUrl, publicKey } });
  });

  it.each(cases.filter(({ valid }) => !valid))('name what is wrong with $dsn, and not the DSN', ({ dsn }) => {
    expect(parse({ SENTRY_DSN: dsn })).toEqual({
      kind: 'bad',
      problems: ['SENTRY_DSN must be a DSN like https://<public key>@<host>/<project id>'],
    });
  });

  it('require the DSN', () => {
    expect(parse({ SENTRY_DSN: ' ' })).toEqual({ kind: 'bad', problems: ['SENTRY_DSN is required'] });
  });
});

describe('the Sentry encoder', () => {
  it('writes the golden items', () => {
    const { body, sizes } = encode(createEncoder(HEAD), goldenLines());

    const expected = logsOf(golden('sentry/envelope.txt').split('\n')[2] ?? '');
    expect(logsOf(body.toString()).map(withoutTrace)).toEqual(expected.map(withoutTrace));
    expect(sizes.reduce((sum, size) => sum + size, '{"version":2,"items":[]}'.length)).toBe(body.length);
  });

  it('gives the lines of a worker one trace, and other workers and agents others', () => {
    const lines = ['w1', 'w2', 'w1'].map((workerId) => makeLine({ workerId }));

    const one = logsOf(encode(createEncoder(HEAD), lines).body.toString());
    const other = logsOf(encode(createEncoder({ ...HEAD, agentId: 'CA_other' }), lines).body.toString());

    expect(one[0]?.trace_id).toBe(one[2]?.trace_id);
    expect(new Set([...one, ...other].map((log) => log.trace_id)).size).toBe(4);
  });

  it('knows a level and a severity for each of ours', () => {
    const { body } = encode(
      createEncoder(HEAD),
      LEVELS.map((level) => makeLine({ level })),
    );

    const written = logsOf(body.toString()).map((log) => [log.level, log.severity_number]);
    expect(written).toEqual([
      ['fatal', 21],
      ['fatal', 21],
      ['error', 17],
      ['warn', 13],
      ['info', 9],
      ['debug', 5],
      ['trace', 1],
    ]);
  });

  it('keeps the true time of a line beside a fresh one', () => {
    const { body } = encode(createEncoder(HEAD), [makeLine({ timeMs: 2_500, originalTimeMs: 1_000 })]);

    const original = { original_timestamp: { value: 1_000, type: 'integer' } };
    expect(logsOf(body.toString())).toMatchObject([{ timestamp: 2.5, attributes: original }]);
  });

  it('keeps any text as it is', () => {
    fc.assert(
      fc.property(anyTexts, (all) => {
        const { body } = encode(
          createEncoder(HEAD),
          all.map((text) => makeLine({ text })),
        );

        expect(logsOf(body.toString()).map((log) => log.body)).toEqual(all);
      }),
    );
  });
});

describe('a Sentry drain', () => {
  let server: TestServer;
  let drain: DestinationClient;
  beforeEach(async () => {
    server = await startServer();
    const parsed = parse({ SENTRY_DSN: `http://abc123@127.0.0.1:${server.port}/prefix/4501` });
    if (parsed.kind !== 'on') throw new Error(`settings are ${parsed.kind}`);
    drain = DESTINATION.open(parsed.settings, OPEN_NETWORK);
  });
  afterEach(async () => {
    await drain.close?.();
    await server.close();
  });

  it('posts an envelope with the real time of sending and true counts', async () => {
    await attempt(drain, { nowMs: Date.UTC(2026, 0, 15, 10, 30, 5) });

    const [request] = server.received;
    const [header, item, payload = '', ...more] = (request?.body ?? '').split('\n');
    expect(request).toMatchObject({
      method: 'POST',
      path: '/prefix/api/4501/envelope/',
      headers: {
        'content-type': 'application/x-sentry-envelope',
        'x-sentry-auth': 'Sentry sentry_version=7, sentry_client=log-drain/test, sentry_key=abc123',
      },
    });
    expect(header).toBe(golden('sentry/envelope.txt').split('\n')[0]);
    expect(JSON.parse(item ?? '')).toEqual({
      type: 'log',
      item_count: 3,
      content_type: 'application/vnd.sentry.items.log+json',
      length: Buffer.byteLength(payload),
    });
    expect(logsOf(payload)).toHaveLength(3);
    expect(more).toEqual([]);
  });

  itTakesGoldenAnswers('sentry', () => ({ server, drain }));

  interface RateLimit {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly now?: string;
    readonly logsBlockedS: number;
  }
  const limits = (goldenJson('sentry/rate-limits.json') as { cases: RateLimit[] }).cases;

  it.each(limits)('waits $logsBlockedS s after $status with $headers', async (row) => {
    server.answerWith(plainAnswer(row.status, '', row.headers));
    const blockedMs = row.logsBlockedS * 1000;

    const outcome = await attempt(drain, row.now === undefined ? {} : { nowMs: Date.parse(row.now) });

    const wait = outcome.rest.fate === 'retry' ? outcome.rest.afterMs : outcome.pauseMs;
    expect(outcome.rest.fate).toBe(row.status === 429 ? 'retry' : 'delivered');
    expect(wait ?? 0).toBe(blockedMs);
  });

  it.each([
    ['soon:log_item:key', 60_000],
    ['30:log_item', 30_000],
    ['30:LOG_ITEM:key, 10:log_byte:key', 10_000],
  ])('reads the limit "%s"', async (header, afterMs) => {
    server.answerWith(plainAnswer(429, '', { 'x-sentry-rate-limits': header }));

    expect(await attempt(drain)).toMatchObject({ rest: { fate: 'retry', reason: 'throttled', afterMs } });
  });

  it('heeds a limit that comes with a 503', async () => {
    const headers = { 'x-sentry-rate-limits': '20::organization', 'retry-after': '5' };
    server.answerWith(plainAnswer(503, '', headers));

    expect(await attempt(drain)).toMatchObject({
      rest: { fate: 'retry', reason: 'status-503', afterMs: 20_000 },
    });
  });

  it('is delivered without a pause when other categories are limited', async () => {
    server.answerWith(plainAnswer(200, '{}', { 'x-sentry-rate-limits': '60:error:key' }));

    expect(await attempt(drain)).toEqual({ accepted: [], rejected: [], rest: { fate: 'delivered' } });
  });
});
