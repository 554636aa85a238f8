import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { splunkObjects } from '../../../receivers/splunk/events.ts';
import { startSplunk } from '../../../receivers/splunk/receiver.ts';
import { type Bench, bench, golden, type RawAnswer, send } from '../raw-http.ts';

interface SplunkAnswer {
  readonly status: number;
  readonly body: unknown;
}

const good = (message = 'm'): string =>
  JSON.stringify({ time: 1768473000.123, host: 'w', event: { message, stream: 'stdout' } });

const padded = (bytes: number): Buffer => gzipSync(good() + ' '.repeat(bytes - good().length));

describe('the Splunk receiver', () => {
  let splunk: Bench;
  beforeEach(async () => {
    splunk = await bench(startSplunk);
  });
  afterEach(() => splunk.receiver.close());

  function raw(body: string | Buffer, headers: Record<string, string> = {}, path = ''): Promise<RawAnswer> {
    return send(splunk.setting('SPLUNK_HEC_URL'), {
      path: `/services/collector/event${path}`,
      headers: { Authorization: `Splunk ${splunk.setting('SPLUNK_HEC_TOKEN')}`, ...headers },
      body,
    });
  }
  async function post(body: string | Buffer, headers: Record<string, string> = {}): Promise<SplunkAnswer> {
    const answer = await raw(body, headers);
    return { status: answer.status, body: JSON.parse(answer.body) as unknown };
  }

  it.each(['splunk/body.txt', 'splunk/body-with-index.txt'])('accepts the golden %s', async (name) => {
    const body = golden(name);

    const answer = await post(body);

    expect(answer).toEqual({ status: 200, body: { text: 'Success', code: 0 } });
    expect(splunk.accepted.map(({ event }) => event)).toEqual(
      body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    );
    expect(splunk.accepted[1]).toMatchObject({
      agent: 'CA_abcd1234',
      worker: 'CAW_zyxw9876',
      stream: 'stderr',
      text: '{"level":"error","msg":"boom","code":42}',
      timeMs: 1_768_473_000_123,
    });
    expect(splunk.receiver.violations).toEqual([]);
  });

  it('takes gzip, and objects without white space between', async () => {
    const answer = await post(gzipSync(good('a') + good('b')), { 'Content-Encoding': 'gzip' });

    expect(answer.status).toBe(200);
    expect(splunk.accepted.map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it.each([
    ['no token', { Authorization: '' }, [401, 3]],
    ['another scheme', { Authorization: 'Bearer x' }, [401, 3]],
    ['another token', { Authorization: `Splunk ${randomUUID()}` }, [403, 4]],
    ['a channel that is no GUID', { 'X-Splunk-Request-Channel': 'x' }, [400, 11]],
  ])('refuses %s', async (_, headers, [status, code]) => {
    const answer = await post(good(), headers);

    expect(answer).toMatchObject({ status, body: { code } });
    expect(splunk.accepted).toEqual([]);
    expect(splunk.receiver.violations).toHaveLength(1);
  });

  it('refuses a request without Authorization, and one with the token in the query', async () => {
    const none = await send(splunk.setting('SPLUNK_HEC_URL'), {
      path: '/services/collector/event',
      body: good(),
    });
    const query = await raw(good(), {}, '?token=x');

    expect([none.status, JSON.parse(none.body)]).toEqual([401, { text: 'Token is required', code: 2 }]);
    expect([query.status, JSON.parse(query.body)]).toMatchObject([400, { code: 16 }]);
  });

  it.each([
    ['a list', '[]', 6],
    ['text', 'hello', 6],
    ['an object that does not end', '{"event":{"message":"m"}', 6],
    ['an object that is no JSON', '{"event":}', 6],
    ['a host that is a number', '{"event":"e","host":1}', 6],
    ['an index that the token may not write to', '{"event":"e","index":"secret"}', 7],
    ['no event', '{"time":1}', 12],
    ['an event that is null', '{"event":null}', 12],
    ['a blank event', '{"event":""}', 13],
    ['a time in scientific notation', '{"time":1.768e9,"event":"e"}', 15],
    ['fields that are not flat', '{"time":1,"event":"e","fields":{"a":{"b":1}}}', 15],
  ])('stops at %s: events before it are indexed, those after it are not', async (_, bad, code) => {
    const answer = await post(`${good('before')}\n${bad}\n${good('after')}`);

    expect(answer).toMatchObject({ status: 400, body: { code, 'invalid-event-number': 1 } });
    expect(splunk.accepted.map(({ text }) => text)).toEqual(['before']);
    expect(splunk.receiver.violations).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \n '],
  ])('refuses a body of %s', async (_, body) => {
    expect(await post(body)).toEqual({ status: 400, body: { text: 'No data', code: 5 } });
  });

  it('takes 1,000,000 bytes without compression and refuses one more', async () => {
    const gzip = { 'Content-Encoding': 'gzip' };

    const [most, more] = [await raw(padded(1_000_000), gzip), await raw(padded(1_000_001), gzip)];

    expect([most.status, more.status]).toEqual([200, 413]);
    expect(splunk.receiver.violations).toEqual(['the body is larger than 1 MB uncompressed']);
  });

  it('takes an event without a time that is a number, but notes the violation', async () => {
    await post('{"event":"e"}');
    await post('{"event":"e","time":"1768473000"}');

    expect(splunk.accepted.map(({ text, timeMs }) => [text, timeMs])).toEqual([
      ['e', undefined],
      ['e', undefined],
    ]);
    expect(splunk.receiver.violations).toHaveLength(2);
  });

  it('knows no other path', async () => {
    const answer = await send(splunk.setting('SPLUNK_HEC_URL'), {
      path: '/services/collector/raw',
      body: good(),
    });

    expect(answer.status).toBe(404);
  });

  it('wants a channel where the token has acknowledgment, and numbers its answers', async () => {
    await splunk.receiver.close();
    splunk = await bench((onAccepted) => startSplunk(onAccepted, { ack: true }));
    const channel = { 'X-Splunk-Request-Channel': randomUUID() };

    const answers = [await post(good()), await post(good(), channel), await post(good(), channel)];

    expect(answers.map(({ body }) => body)).toEqual([
      { text: 'Data channel is missing', code: 10 },
      { text: 'Success', code: 0, ackId: 0 },
      { text: 'Success', code: 0, ackId: 1 },
    ]);
  });

  it('reads any objects that are written one after another', () => {
    const objects = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()));
    fc.assert(
      fc.property(objects, fc.constantFrom('', '\n', ' \r\n\t'), (values, separator) => {
        const body = values.map((value) => JSON.stringify(value)).join(separator);

        const read = [...splunkObjects(Buffer.from(body))];

        expect(read.map((object) => object?.value)).toEqual(
          values.map((value) => JSON.parse(JSON.stringify(value)) as unknown),
        );
      }),
    );
  });
});
