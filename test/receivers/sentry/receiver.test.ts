import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSentry } from '../../../receivers/sentry/receiver.ts';
import { type Bench, bench, GOLDEN_NOW, golden, type RawAnswer, send } from '../raw-http.ts';

const DAY_MS = 24 * 3_600_000;
const TRACE = '5b8efff798038103d269b633813fc60c';

interface EnvelopeOptions {
  readonly head?: object;
  readonly item?: object;
  readonly payload?: string;
}

const log = (more: object = {}): object => ({
  timestamp: GOLDEN_NOW / 1000,
  trace_id: TRACE,
  level: 'info',
  body: 'b',
  attributes: { worker_id: { value: 'w', type: 'string' } },
  ...more,
});

function envelope(logs: readonly object[], options: EnvelopeOptions = {}): string {
  const { payload = JSON.stringify({ items: logs }) } = options;
  const item = {
    type: 'log',
    item_count: logs.length,
    content_type: 'application/vnd.sentry.items.log+json',
    length: Buffer.byteLength(payload),
    ...options.item,
  };
  const head = { sent_at: new Date(GOLDEN_NOW).toISOString(), ...options.head };
  return `${JSON.stringify(head)}\n${JSON.stringify(item)}\n${payload}`;
}

describe('the Sentry receiver', () => {
  let sentry: Bench;
  let key: string;
  beforeEach(async () => {
    sentry = await bench(startSentry, { now: () => GOLDEN_NOW });
    key = new URL(sentry.setting('SENTRY_DSN')).username;
  });
  afterEach(() => sentry.receiver.close());

  function post(body: string | Buffer, headers: Record<string, string> = {}, query = ''): Promise<RawAnswer> {
    return send(sentry.setting('SENTRY_DSN'), {
      path: `/api/1/envelope/${query}`,
      headers: {
        'X-Sentry-Auth': `Sentry sentry_version=7, sentry_client=t/1, sentry_key=${key}`,
        'Content-Type': 'application/x-sentry-envelope',
        ...headers,
      },
      body,
    });
  }

  it('accepts the golden envelope and hands its items on', async () => {
    const body = golden('sentry/envelope.txt');
    const { items }: { items: unknown } = JSON.parse(body.split('\n')[2] ?? '');

    const answer = await post(body);

    expect([answer.status, answer.body]).toEqual([200, '{}']);
    expect(sentry.accepted.map(({ event }) => event)).toEqual(items);
    expect(sentry.accepted[1]).toMatchObject({
      agent: 'CA_abcd1234',
      worker: 'CAW_zyxw9876',
      stream: undefined,
      text: '{"level":"error","msg":"boom","code":42}',
      timeMs: 1_768_473_000_123,
      seq: 1,
    });
    expect(sentry.receiver.violations).toEqual([]);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('takes an envelope in %s', async (encoding, encode) => {
    const answer = await post(encode(envelope([log()])), { 'Content-Encoding': encoding });

    expect(answer.status).toBe(200);
    expect(sentry.accepted).toHaveLength(1);
  });

  it('takes an item without a length up to the next line end', async () => {
    const answer = await post(`${envelope([log()], { item: { length: undefined } })}\n`);

    expect(answer.status).toBe(200);
    expect(sentry.accepted).toHaveLength(1);
  });

  it('takes the key in the query or in the DSN of the envelope', async () => {
    const url = sentry.setting('SENTRY_DSN');
    const headers = { 'Content-Type': 'application/x-sentry-envelope' };

    const query = await send(url, {
      path: `/api/1/envelope/?sentry_version=7&sentry_key=${key}`,
      headers,
      body: envelope([log()]),
    });
    const dsn = await send(url, {
      path: '/api/1/envelope/',
      headers,
      body: envelope([log()], { head: { dsn: url } }),
    });

    expect([query.status, dsn.status]).toEqual([200, 200]);
  });

  it.each([
    ['no key', ['', ''], 401],
    ['another version', ['Sentry sentry_version=6, sentry_key=k', ''], 401],
    ['two keys that differ', ['Sentry sentry_version=7, sentry_key=k', '?sentry_key=other'], 401],
    ['another key', ['Sentry sentry_version=7, sentry_key=other', ''], 403],
  ] as const)('refuses %s', async (_, [auth, query], status) => {
    const answer = await post(envelope([log()]), { 'X-Sentry-Auth': auth }, query);

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toHaveProperty('detail');
    expect(sentry.accepted).toEqual([]);
    expect(sentry.receiver.violations).toHaveLength(1);
  });

  it.each([
    ['a head that is no JSON', 'head\n'],
    ['no item', '{}\n'],
    ['a length that is too small', { item: { length: 5 } }],
    ['a length beyond the end', { item: { length: 5000 } }],
    ['a count that is too small', { item: { item_count: 1 } }],
    ['a count that is missing', { item: { item_count: undefined } }],
    ['another content type', { item: { content_type: 'application/json' } }],
    ['another type', { item: { type: 'event' } }],
    ['a payload that is no JSON', { payload: '{"items":[' }],
    ['a payload without items', { payload: '{"items":{}}' }],
    ['half of a surrogate pair', { payload: '{"items":[{"body":"\\ud83d"},{}]}' }],
  ])('refuses an envelope with %s', async (_, options) => {
    const answer = await post(typeof options === 'string' ? options : envelope([log(), log()], options));

    expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { detail: 'invalid event envelope' }]);
    expect(sentry.accepted).toEqual([]);
    expect(sentry.receiver.violations).toHaveLength(1);
  });

  it('refuses an envelope with two log items', async () => {
    const [, ...second] = envelope([log()]).split('\n');

    const answer = await post(`${envelope([log()])}\n${second.join('\n')}`);

    expect(answer.status).toBe(400);
    expect(sentry.receiver.violations).toEqual(['the envelope has more than one log item']);
  });

  it('refuses an envelope with a byte after its payload that is no LF', async () => {
    const answer = await post(`${envelope([log()])}x`);

    expect(answer.status).toBe(400);
    expect(sentry.accepted).toEqual([]);
  });

  it('refuses a log over 1 MiB', async () => {
    const answer = await post(envelope([log({ body: 'b'.repeat(1024 * 1024) })]));

    expect(answer.status).toBe(413);
    expect(sentry.accepted).toEqual([]);
    expect(sentry.receiver.violations).toEqual(['a log is larger than 1 MiB']);
  });

  it('takes two logs that are over 1 MiB only together', async () => {
    const large = log({ body: 'b'.repeat(600 * 1024) });

    const answer = await post(envelope([large, large]));

    expect(answer.status).toBe(200);
    expect(sentry.receiver.violations).toEqual([]);
  });

  it.each([
    ['without a trace', { trace_id: undefined }],
    ['with a trace of zeros', { trace_id: '0'.repeat(32) }],
    ['with a short trace', { trace_id: 'abc' }],
    ['without a time', { timestamp: undefined }],
    ['with a time in words', { timestamp: '2026-01-15T10:30:05Z' }],
    ['older than 30 days', { timestamp: (GOLDEN_NOW - 30 * DAY_MS - 1) / 1000 }],
    ['of an unknown level', { level: 'panic' }],
    ['without a body', { body: 5 }],
  ])('answers 200 to a log %s, and drops it alone', async (_, more) => {
    const answer = await post(envelope([log(), log(more)]));

    expect(answer.status).toBe(200);
    expect(sentry.accepted).toHaveLength(1);
    expect(sentry.receiver.violations).toEqual([expect.stringContaining('dropped')]);
  });

  it.each([
    ['an attribute without a type', log({ attributes: { a: { value: 1 } } })],
    ['an attribute of another type', log({ attributes: { a: { value: 1.5, type: 'integer' } } })],
    ['attributes that are no object', log({ attributes: [] })],
    ['a severity of 25', log({ severity_number: 25 })],
    ['a short span', log({ span_id: 'abc' })],
  ])('takes a log with %s, but notes the violation', async (_, bad) => {
    const answer = await post(envelope([bad]));

    expect(answer.status).toBe(200);
    expect(sentry.accepted).toHaveLength(1);
    expect(sentry.receiver.violations).toHaveLength(1);
  });

  it.each([
    ['sent 55 min ago', { sent_at: new Date(GOLDEN_NOW - 55 * 60_000).toISOString() }],
    ['without sent_at', { sent_at: undefined }],
  ])('takes an envelope %s, but notes the violation', async (_, head) => {
    const answer = await post(envelope([log()], { head }));

    expect(answer.status).toBe(200);
    expect(sentry.receiver.violations).toEqual([expect.stringContaining('sent_at')]);
  });

  it('takes 100 logs, and notes 101', async () => {
    const logs = Array.from({ length: 100 }, () => log());

    await post(envelope(logs));
    const before = [...sentry.receiver.violations];
    await post(envelope([...logs, log()]));

    expect(before).toEqual([]);
    expect(sentry.receiver.violations).toEqual(['the item has more than 100 logs']);
  });

  it('can say a rate limit with any status', async () => {
    const limits = { 'X-Sentry-Rate-Limits': '120:log_item:project' };
    sentry.receiver.faults.set([{ kind: 'accept-then-status', status: 200, headers: limits, body: '{}' }]);

    const answer = await post(envelope([log()]));

    expect([answer.status, answer.headers['x-sentry-rate-limits']]).toEqual([200, '120:log_item:project']);
    expect(sentry.accepted).toHaveLength(1);
  });
});
