import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DESTINATION } from '../../../lambdas/newrelic/destination.ts';
import { createEncoder } from '../../../lambdas/newrelic/encode.ts';
import { type NewRelicSettings, parse } from '../../../lambdas/newrelic/settings.ts';
import type { DestinationClient } from '../../../shared/destination/contract.ts';
import { anyTexts, attempt, encode, goldenJson, goldenLines, HEAD, makeLine } from '../../helpers/golden.ts';
import { itTakesGoldenAnswers } from '../../helpers/golden-answers.ts';
import { OPEN_NETWORK, plainAnswer, startServer, type TestServer } from '../../helpers/http-server.ts';

const KEY = '0123456789abcdef0123456789abcdefFFFFNRAL';

function settingsOf(raw: Readonly<Record<string, string>>): NewRelicSettings {
  const parsed = parse(raw);
  if (parsed.kind !== 'on') throw new Error(`settings are ${parsed.kind}`);
  return parsed.settings;
}

interface Block {
  readonly common: { readonly attributes: Record<string, unknown> };
  readonly logs: readonly { readonly message: string; readonly attributes: Record<string, unknown> }[];
}

describe('New Relic settings', () => {
  const endpoints = goldenJson('newrelic/endpoints.json') as Record<string, string>;
  const keys = goldenJson('newrelic/key-region.json') as { key: string; region: string }[];

  it.each(keys)('send $key to $region', ({ key, region }) => {
    const url = endpoints[region] ?? endpoints[`${region}_docs`];

    expect(settingsOf({ NEW_RELIC_LICENSE_KEY: key }).url).toBe(url);
  });

  it.each([
    ['https://proxy.example', 'https://proxy.example/log/v1'],
    ['https://proxy.example:8443/nr/', 'https://proxy.example:8443/nr/log/v1'],
    ['https://log-api.newrelic.com/log/v1', 'https://log-api.newrelic.com/log/v1'],
  ])('send to %s when told so', (NEW_RELIC_URL, url) => {
    expect(settingsOf({ NEW_RELIC_LICENSE_KEY: KEY, NEW_RELIC_URL }).url).toBe(url);
  });

  it('require the license key', () => {
    expect(parse({})).toEqual({ kind: 'bad', problems: ['NEW_RELIC_LICENSE_KEY is required'] });
  });

  it('name everything that is wrong, and no secret', () => {
    const parsed = parse({
      NEW_RELIC_LICENSE_KEY: 'sec\tret',
      NEW_RELIC_URL: 'ftp://x',
      LOGS_MIN_LEVEL: 'loud',
    });

    expect(parsed).toEqual({
      kind: 'bad',
      problems: [
        'NEW_RELIC_LICENSE_KEY must be printable ASCII without spaces',
        'NEW_RELIC_URL must be a URL like https://host.example:443, without user name, query and fragment',
        'LOGS_MIN_LEVEL must be one of panic, fatal, error, warn, info, debug, trace',
      ],
    });
  });
});

describe('the New Relic encoder', () => {
  it('writes the golden body, with a line number in each log', () => {
    const { body, sizes } = encode(createEncoder(HEAD), goldenLines());

    const [expected] = goldenJson('newrelic/body.json') as [Block];
    const logs = expected.logs.map((log, seq) => ({ ...log, attributes: { ...log.attributes, seq } }));
    expect(JSON.parse(body.toString())).toEqual([{ ...expected, logs }]);
    expect(sizes.reduce((sum, size) => sum + size, '[]}]'.length)).toBe(body.length);
  });

  it('opens a block for each worker in a row', () => {
    const workers = ['w1', 'w1', 'w2', 'w1'];
    const lines = workers.map((workerId, seq) => makeLine({ workerId, seq }));

    const { body } = encode(createEncoder(HEAD), lines);

    const blocks = JSON.parse(body.toString()) as Block[];
    const seen = blocks.flatMap(({ common, logs }) => logs.map(() => common.attributes['workerId']));
    expect(seen).toEqual(workers);
    expect(blocks).toHaveLength(3);
  });

  it('keeps the true time of a line beside a fresh one', () => {
    const { body } = encode(createEncoder(HEAD), [makeLine({ timeMs: 2_000, originalTimeMs: 1_000 })]);

    const log = { timestamp: 2_000, attributes: { original_timestamp: 1_000 } };
    expect(JSON.parse(body.toString())).toMatchObject([{ logs: [log] }]);
  });

  it('keeps any text as it is', () => {
    fc.assert(
      fc.property(anyTexts, (all) => {
        const { body } = encode(
          createEncoder(HEAD),
          all.map((text) => makeLine({ text })),
        );

        const [block] = JSON.parse(body.toString()) as [Block];
        expect(block.logs.map(({ message }) => message)).toEqual(all);
      }),
    );
  });
});

describe('a New Relic drain', () => {
  let server: TestServer;
  let drain: DestinationClient;
  beforeEach(async () => {
    server = await startServer();
    const NEW_RELIC_URL = `http://127.0.0.1:${server.port}`;
    drain = DESTINATION.open(settingsOf({ NEW_RELIC_LICENSE_KEY: KEY, NEW_RELIC_URL }), OPEN_NETWORK);
  });
  afterEach(async () => {
    await drain.close?.();
    await server.close();
  });

  it('posts to the log API with the key in a header', async () => {
    await attempt(drain);

    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/log/v1',
      headers: { 'api-key': KEY, 'content-type': 'application/json' },
    });
    expect(drain.endpoint).toBe(`127.0.0.1:${server.port}`);
  });

  itTakesGoldenAnswers('newrelic', () => ({ server, drain }));

  it('passes on for how long to wait', async () => {
    server.answerWith(plainAnswer(429, '', { 'retry-after': '20' }));

    expect(await attempt(drain)).toMatchObject({
      rest: { fate: 'retry', reason: 'throttled', afterMs: 20_000 },
    });
  });
});
