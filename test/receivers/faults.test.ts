import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDatadog } from '../../receivers/datadog/receiver.ts';
import { createFaults } from '../../receivers/kit/faults.ts';
import { type Bench, bench, type RawAnswer, send } from './raw-http.ts';

describe('a receiver over HTTP that is told to misbehave', () => {
  const faults = createFaults();
  let datadog: Bench;
  beforeEach(async () => {
    datadog = await bench(startDatadog, { faults });
  });
  afterEach(async () => {
    faults.set([]);
    await datadog.receiver.close();
  });

  function post(signal?: AbortSignal, events = 1): Promise<RawAnswer> {
    return send(datadog.setting('DATADOG_URL'), {
      path: '/api/v2/logs',
      headers: { 'DD-API-KEY': datadog.setting('DATADOG_TOKEN'), 'Content-Type': 'application/json' },
      body: JSON.stringify(['m', 'n', 'o'].slice(0, events).map((message) => ({ message }))),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  it('answers a status in place of its work', async () => {
    faults.set([{ kind: 'status', status: 429, headers: { 'Retry-After': '7' }, body: 'slow down' }]);

    const [bad, good] = [await post(), await post()];

    expect([bad.status, bad.headers['retry-after'], bad.body]).toEqual([429, '7', 'slow down']);
    expect(good.status).toBe(202);
    expect(datadog.accepted).toHaveLength(1);
  });

  it('takes the request and then answers a status', async () => {
    faults.set([{ kind: 'accept-then-status', status: 503 }]);

    const answer = await post();

    expect(answer.status).toBe(503);
    expect(datadog.accepted).toHaveLength(1);
  });

  it('takes a part of the request and then answers a status', async () => {
    faults.set([{ kind: 'accept-then-status', status: 503, events: [1, 2] }]);

    await post(undefined, 3);

    expect(datadog.accepted.map(({ text }) => text)).toEqual(['n']);
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('resets the connection %s the request is taken', async (when, accepted) => {
    faults.set([{ kind: 'reset', when }]);

    await expect(post()).rejects.toMatchObject({ code: 'ECONNRESET' });

    expect(datadog.accepted).toHaveLength(accepted);
  });

  it('hangs without an answer, and can be closed all the same', async () => {
    faults.set([{ kind: 'hang' }]);
    const answer = post().then(
      () => 'answered',
      () => 'broken off',
    );
    await expect.poll(() => datadog.receiver.requests()).toBe(1);

    await datadog.receiver.close();
    const end = await answer;
    datadog = await bench(startDatadog, { faults });

    expect(end).toBe('broken off');
  });

  it('works as usual after a delay', async () => {
    faults.set([{ kind: 'delay', ms: 20 }]);

    const answer = await post();

    expect(answer.status).toBe(202);
    expect(datadog.accepted).toHaveLength(1);
  });

  it('does not take a request whose client has left before its turn', async () => {
    faults.set([{ kind: 'delay', ms: 300, times: 2 }]);
    const leaving = new AbortController();

    const left = post(leaving.signal).catch(() => 'left');
    await expect.poll(() => datadog.receiver.requests()).toBe(1);
    leaving.abort();
    const end = await left;
    // Its turn comes before that of a request that waits as long and came later.
    const next = await post();

    expect([end, next.status]).toEqual(['left', 202]);
    expect(datadog.accepted).toHaveLength(1);
  });

  it('does not wait for a delay when it is closed', async () => {
    faults.set([{ kind: 'delay', ms: 1_000_000 }]);
    const answer = post().catch(() => 'broken off');
    await expect.poll(() => datadog.receiver.requests()).toBe(1);

    await datadog.receiver.close();
    const end = await answer;
    datadog = await bench(startDatadog, { faults });

    expect(end).toBe('broken off');
  });

  it('takes nothing from a request whose body does not end', async () => {
    const { hostname, port } = new URL(datadog.setting('DATADOG_URL'));
    const { request } = await import('node:http');
    const outgoing = request({ hostname, port, method: 'POST', path: '/api/v2/logs', agent: false });
    outgoing.on('error', () => undefined);
    outgoing.write('[{"message":');
    await expect.poll(() => datadog.receiver.requests()).toBe(1);

    outgoing.destroy();
    await post();

    expect(datadog.accepted).toHaveLength(1);
    expect(datadog.receiver.violations).toEqual([]);
  });
});
