import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNewRelic } from '../../../receivers/newrelic/receiver.ts';
import { type Bench, bench, GOLDEN_NOW, golden, type RawAnswer, send } from '../raw-http.ts';

const HOUR_MS = 3_600_000;

const log = (more: object = {}): object => ({ timestamp: GOLDEN_NOW, message: 'm', ...more });
const padded = (bytes: number): string => {
  const body = JSON.stringify([log()]);
  return body + ' '.repeat(bytes - body.length);
};

describe('the New Relic receiver', () => {
  let newrelic: Bench;
  beforeEach(async () => {
    newrelic = await bench(startNewRelic, { now: () => GOLDEN_NOW });
  });
  afterEach(() => newrelic.receiver.close());

  function post(body: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> {
    return send(newrelic.setting('NEW_RELIC_URL'), {
      path: '/log/v1',
      headers: {
        'Api-Key': newrelic.setting('NEW_RELIC_LICENSE_KEY'),
        'Content-Type': 'application/json',
        ...headers,
      },
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
  }

  it('accepts the golden detailed form and lifts its attributes to the top', async () => {
    const { flatAlternative }: { flatAlternative: unknown } = JSON.parse(golden('newrelic/request.json'));

    const answer = await post(golden('newrelic/body.json'));

    expect(answer.status).toBe(202);
    expect(answer.body).toMatch(/^\{"requestId":"[0-9a-f-]{36}"\}$/);
    expect(newrelic.accepted.map(({ event }) => event)).toEqual(flatAlternative);
    expect(newrelic.accepted[2]).toMatchObject({
      agent: 'CA_abcd1234',
      worker: 'CAW_zyxw9876',
      stream: 'stderr',
      text: 'héllo ☃ 😀 tab\there "quoted" back\\slash',
      timeMs: 1_768_473_000_123,
    });
    expect(newrelic.receiver.violations).toEqual([]);
  });

  it('accepts the golden simple form, as a list and as one object', async () => {
    const { flatAlternative }: { flatAlternative: unknown[] } = JSON.parse(golden('newrelic/request.json'));

    await post(flatAlternative);
    await post(flatAlternative[0]);

    expect(newrelic.accepted.map(({ event }) => event)).toEqual([...flatAlternative, flatAlternative[0]]);
    expect(newrelic.receiver.violations).toEqual([]);
  });

  it('lets own attributes win over common ones', async () => {
    await post([
      {
        common: { attributes: { stream: 'stdout' } },
        logs: [log({ attributes: { stream: 'stderr', seq: 3 } })],
      },
    ]);

    expect(newrelic.accepted[0]).toMatchObject({ stream: 'stderr', seq: 3 });
  });

  it.each([
    ['milliseconds', GOLDEN_NOW],
    ['seconds', GOLDEN_NOW / 1000],
    ['ISO 8601', '2026-01-15T10:30:05Z'],
  ])('reads a time in %s', async (_, timestamp) => {
    await post([log({ timestamp })]);

    expect(newrelic.accepted[0]?.timeMs).toBe(GOLDEN_NOW);
    expect(newrelic.receiver.violations).toEqual([]);
  });

  it.each([
    ['no key', { 'Api-Key': '' }, 403],
    ['another key', { 'Api-Key': '0NRAL' }, 403],
    ['another content type', { 'Content-Type': 'text/plain' }, 415],
    ['another encoding', { 'Content-Encoding': 'deflate' }, 415],
    ['an encoding that is not there', { 'Content-Encoding': 'gzip' }, 400],
  ])('refuses %s', async (_, headers, status) => {
    const answer = await post([log()], headers);

    expect(answer.status).toBe(status);
    expect(newrelic.accepted).toEqual([]);
    expect(newrelic.receiver.violations).toHaveLength(1);
  });

  it.each([
    ['a string', '"line"'],
    ['a list of strings', ['line']],
    ['logs that are no list', [{ logs: {} }]],
    ['the detailed form without a list around it', { logs: [log()] }],
    ['attributes that are no object', [log({ attributes: 'a' })]],
    ['common attributes that are no object', [{ common: { attributes: [] }, logs: [log()] }]],
    ['no JSON', '[{'],
  ])('refuses %s', async (_, body) => {
    const answer = await post(body);

    expect(answer.status).toBe(400);
    expect(newrelic.accepted).toEqual([]);
    expect(newrelic.receiver.violations).toHaveLength(1);
  });

  it('takes the licence key in the older headers too', async () => {
    const key = newrelic.setting('NEW_RELIC_LICENSE_KEY');

    const answer = await send(newrelic.setting('NEW_RELIC_URL'), {
      path: '/log/v1',
      headers: { 'X-License-Key': key, 'Content-Type': 'application/json' },
      body: JSON.stringify([log()]),
    });

    expect([answer.status, key]).toEqual([202, expect.stringMatching(/^[0-9a-f]{36}NRAL$/)]);
  });

  it('takes 1,000,000 bytes as sent and refuses one more', async () => {
    const [most, more] = [await post(padded(1_000_000)), await post(padded(1_000_001))];

    expect([most.status, more.status]).toEqual([202, 413]);
    expect(newrelic.receiver.violations).toEqual(['the body is larger than 1 MB as sent']);
  });

  it('takes a small body that grows beyond 1 MB, but notes the violation', async () => {
    const body = gzipSync(JSON.stringify([log()]) + ' '.repeat(1_000_000));

    const answer = await post(body, { 'Content-Encoding': 'gzip' });

    expect(answer.status).toBe(202);
    expect(newrelic.receiver.violations).toEqual(['the body is larger than 1 MB uncompressed']);
  });

  it('answers 202 to an event older than 48 h, and drops it', async () => {
    const answer = await post([
      log({ timestamp: GOLDEN_NOW - 48 * HOUR_MS - 1 }),
      log({ timestamp: GOLDEN_NOW - 48 * HOUR_MS, message: 'just in time' }),
    ]);

    expect(answer.status).toBe(202);
    expect(newrelic.accepted.map(({ text }) => text)).toEqual(['just in time']);
    expect(newrelic.receiver.violations).toHaveLength(1);
  });

  it.each([
    ['a value over 128 KB', { message: '☃'.repeat(43_691) }],
    ['256 attributes', Object.fromEntries(Array.from({ length: 254 }, (_, n) => [`a${n}`, n]))],
    ['a name of 256 characters', { ['n'.repeat(256)]: 1 }],
    ['a restricted name', { 'entity.guid': 'x' }],
    ['a list as a value', { list: [1] }],
    ['a time without meaning', { timestamp: 'soon' }],
    ['a missing message', { message: undefined }],
  ])('takes %s, but notes the violation', async (_, more) => {
    const answer = await post([log(more)]);

    expect(answer.status).toBe(202);
    expect(newrelic.accepted).toHaveLength(1);
    expect(newrelic.receiver.violations).toHaveLength(1);
  });

  it('takes a value of just 128 KB and 255 attributes without a word', async () => {
    await post([log({ message: '☃'.repeat(43_690) })]);
    await post([log(Object.fromEntries(Array.from({ length: 253 }, (_, n) => [`a${n}`, n])))]);

    expect(newrelic.receiver.violations).toEqual([]);
  });
});
