import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDatadog } from '../../../receivers/datadog/receiver.ts';
import { type Bench, bench, GOLDEN_NOW, golden, type RawAnswer, send } from '../raw-http.ts';

const HOUR_MS = 3_600_000;
/** Ten objects, one in another. */
const NESTED: object = JSON.parse(`${'{"a":'.repeat(10)}1${'}'.repeat(10)}`);

const entry = (more: object = {}): object => ({
  message: 'm',
  ddsource: 'CA_x',
  hostname: 'w',
  timestamp: GOLDEN_NOW,
  ...more,
});

describe('the Datadog receiver', () => {
  let datadog: Bench;
  beforeEach(async () => {
    datadog = await bench(startDatadog, { now: () => GOLDEN_NOW });
  });
  afterEach(() => datadog.receiver.close());

  function post(body: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> {
    return send(datadog.setting('DATADOG_URL'), {
      path: '/api/v2/logs',
      headers: {
        'DD-API-KEY': datadog.setting('DATADOG_TOKEN'),
        'Content-Type': 'application/json',
        ...headers,
      },
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
  }

  it('accepts the golden request and hands its entries on as sent', async () => {
    const body = golden('datadog/body.json');

    const answer = await post(body);

    expect([answer.status, answer.body]).toEqual([202, '{}']);
    expect(datadog.accepted.map(({ event }) => event)).toEqual(JSON.parse(body));
    expect(datadog.accepted[1]).toMatchObject({
      agent: 'CA_abcd1234',
      worker: 'CAW_zyxw9876',
      stream: 'stderr',
      text: '{"level":"error","msg":"boom","code":42}',
      timeMs: 1_768_473_000_123,
      acceptedMs: GOLDEN_NOW,
      request: 0,
    });
    expect(datadog.receiver.violations).toEqual([]);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('takes a body in %s', async (encoding, encode) => {
    const answer = await post(encode(JSON.stringify([entry({ seq: 7 })])), { 'Content-Encoding': encoding });

    expect(answer.status).toBe(202);
    expect(datadog.accepted[0]).toMatchObject({ text: 'm', seq: 7 });
    expect(datadog.receiver.violations).toEqual([]);
  });

  it('takes one object in place of a list, and the key in the query', async () => {
    const answer = await send(datadog.setting('DATADOG_URL'), {
      path: `/api/v2/logs?dd-api-key=${datadog.setting('DATADOG_TOKEN')}`,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(entry()),
    });

    expect(answer.status).toBe(202);
    expect(datadog.accepted).toHaveLength(1);
  });

  it.each([
    ['no key', { 'DD-API-KEY': '' }, 401],
    ['another key', { 'DD-API-KEY': 'pub0' }, 403],
    ['another content type', { 'Content-Type': 'text/html' }, 400],
    ['an encoding that is not there', { 'Content-Encoding': 'gzip' }, 400],
    ['an unknown encoding', { 'Content-Encoding': 'snappy' }, 400],
  ])('refuses %s', async (_, headers, status) => {
    const answer = await post([entry()], headers);

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ status: String(status) }] });
    expect(datadog.accepted).toEqual([]);
    expect(datadog.receiver.violations).toHaveLength(1);
  });

  it.each([
    ['a list in a list', [[entry()]]],
    ['a missing message', [entry(), { ddsource: 'x' }]],
    ['a message that is a number', [entry({ message: 1 })]],
    ['a source that is a number', [entry({ ddsource: 1 })]],
    ['no JSON', '[{"message":"m"}'],
    ['bytes that are not UTF-8', Buffer.from('[{"message":"\xff"}]', 'latin1')],
  ])('refuses the whole request for %s', async (_, body) => {
    const answer = await post(body);

    expect(answer.status).toBe(400);
    expect(datadog.accepted).toEqual([]);
    expect(datadog.receiver.violations).toHaveLength(1);
  });

  it('takes 1000 entries and refuses 1001', async () => {
    const entries = Array.from({ length: 1000 }, () => entry());

    const [most, more] = [await post(entries), await post([...entries, entry()])];

    expect([most.status, more.status]).toEqual([202, 413]);
    expect(datadog.accepted).toHaveLength(1000);
    expect(datadog.receiver.violations).toEqual(['the request has more than 1000 entries']);
  });

  it('takes 5,000,000 bytes and refuses one more, counted without compression', async () => {
    const filler = Array.from({ length: 5 }, () => entry({ message: 'm'.repeat(990_000) }));
    const rest = 5_000_000 - JSON.stringify([...filler, entry()]).length;
    const body = JSON.stringify([...filler, entry({ message: 'm'.repeat(rest + 1) })]);

    const most = await post(gzipSync(body), { 'Content-Encoding': 'gzip' });
    const more = await post(gzipSync(`${body} `), { 'Content-Encoding': 'gzip' });

    expect([body.length, most.status, more.status]).toEqual([5_000_000, 202, 413]);
    expect(datadog.receiver.violations).toEqual(['the body is larger than 5 MB uncompressed']);
  });

  it('answers 202 to an entry older than 18 h, and drops it', async () => {
    const answer = await post([
      entry({ timestamp: GOLDEN_NOW - 18 * HOUR_MS - 1 }),
      entry({ timestamp: GOLDEN_NOW - 18 * HOUR_MS, message: 'just in time' }),
    ]);

    expect(answer.status).toBe(202);
    expect(datadog.accepted.map(({ text }) => text)).toEqual(['just in time']);
    expect(datadog.receiver.violations).toHaveLength(1);
  });

  it.each([
    ['an entry over 1 MB', { message: 'm'.repeat(1_000_000) }],
    ['a time with a fraction', { timestamp: GOLDEN_NOW + 0.5 }],
    ['256 attributes', Object.fromEntries(Array.from({ length: 252 }, (_, n) => [`a${n}`, n]))],
    ['a name of 50 characters', { ['n'.repeat(50)]: 1 }],
    ['ten levels', NESTED],
    ['a status that becomes info', { status: 'panic' }],
    ['a tag of 257 characters', { ddtags: `a,${'t'.repeat(257)}` }],
  ])('takes %s, but notes the violation', async (_, more) => {
    const answer = await post([entry(more)]);

    expect(answer.status).toBe(202);
    expect(datadog.accepted).toHaveLength(1);
    expect(datadog.receiver.violations).toHaveLength(1);
  });

  it('is silent on other paths and methods', async () => {
    const url = datadog.setting('DATADOG_URL');

    const [path, method] = [
      await send(url, { path: '/v1/input' }),
      await send(url, { path: '/api/v2/logs', method: 'PUT' }),
    ];

    expect([path.status, method.status]).toEqual([404, 405]);
  });

  it('numbers the requests that it accepts and counts all', async () => {
    await post([entry()]);
    await post([entry()], { 'DD-API-KEY': 'other' });
    await post([entry(), entry()]);

    expect(datadog.accepted.map(({ request }) => request)).toEqual([0, 1, 1]);
    expect(datadog.receiver.requests()).toBe(3);
  });

  it('puts no line content into its violations', async () => {
    const marker = 'marker-5c1d';
    await post([entry({ message: marker, ddsource: 5 })]);
    await post([entry({ message: marker, status: marker, [marker.repeat(5)]: 1, timestamp: 5 })]);
    await post(`[{"message":"${marker}`);

    expect(datadog.receiver.violations.length).toBeGreaterThan(3);
    expect(datadog.receiver.violations.join('\n')).not.toContain(marker);
  });
});
