import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DESTINATION } from '../../../lambdas/datadog/destination.ts';
import { createEncoder } from '../../../lambdas/datadog/encode.ts';
import { type DatadogSettings, parse } from '../../../lambdas/datadog/settings.ts';
import type { DestinationClient } from '../../../shared/destination/contract.ts';
import { anyTexts, attempt, encode, goldenJson, goldenLines, HEAD, makeLine } from '../../helpers/golden.ts';
import { itTakesGoldenAnswers } from '../../helpers/golden-answers.ts';
import { OPEN_NETWORK, plainAnswer, startServer, type TestServer } from '../../helpers/http-server.ts';

const CLIENT_TOKEN = 'pub00000000000000000000000000000000';
const API_KEY = '0123456789abcdef0123456789abcdef';

function settingsOf(raw: Readonly<Record<string, string>>): DatadogSettings {
  const parsed = parse(raw);
  if (parsed.kind !== 'on') throw new Error(`settings are ${parsed.kind}`);
  return parsed.settings;
}

describe('Datadog settings', () => {
  interface Endpoint {
    readonly apiKeyIntake: string;
    readonly clientTokenIntake: string;
  }
  const endpoints = Object.entries(goldenJson('datadog/endpoints.json') as Record<string, Endpoint>);

  it.each(endpoints)('know the intakes of %s', (region, { apiKeyIntake, clientTokenIntake }) => {
    const raw = { DATADOG_REGION: region };

    expect(settingsOf({ ...raw, DATADOG_TOKEN: API_KEY }).url).toBe(apiKeyIntake);
    expect(settingsOf({ ...raw, DATADOG_TOKEN: CLIENT_TOKEN }).url).toBe(clientTokenIntake);
  });

  it('take us1 when no region is given, and names of regions in any case', () => {
    expect(settingsOf({ DATADOG_TOKEN: API_KEY }).url).toBe(endpoints[0]?.[1].apiKeyIntake);
    expect(settingsOf({ DATADOG_TOKEN: API_KEY, DATADOG_REGION: 'EU' }).url).toContain('datadoghq.eu');
  });

  it.each([
    ['https://proxy.example:8443', 'https://proxy.example:8443/api/v2/logs'],
    ['https://proxy.example/dd/', 'https://proxy.example/dd/api/v2/logs'],
    ['https://proxy.example/api/v2/logs', 'https://proxy.example/api/v2/logs'],
  ])('send to %s when told so', (DATADOG_URL, url) => {
    expect(settingsOf({ DATADOG_TOKEN: API_KEY, DATADOG_URL }).url).toBe(url);
  });

  it('name everything that is wrong, and no secret', () => {
    const raw = { DATADOG_TOKEN: 'sec ret', DATADOG_REGION: 'us2', DATADOG_URL: 'proxy.example' };

    const parsed = parse(raw);

    expect(parsed).toEqual({
      kind: 'bad',
      problems: [
        'DATADOG_TOKEN must be printable ASCII without spaces',
        'DATADOG_REGION must be one of us1, us3, us5, us1-fed, us2-fed, eu, ap1, ap2, uk1 (got "us2")',
        'DATADOG_URL must be a URL like https://host.example:443, without user name, query and fragment',
      ],
    });
  });

  it('require the token', () => {
    expect(parse({})).toEqual({ kind: 'bad', problems: ['DATADOG_TOKEN is required'] });
  });
});

describe('the Datadog encoder', () => {
  it('writes the golden body, with a line number in each entry', () => {
    const { body, sizes } = encode(createEncoder(HEAD), goldenLines());

    const expected = (goldenJson('datadog/body.json') as object[]).map((entry, seq) => ({ ...entry, seq }));
    expect(JSON.parse(body.toString())).toEqual(expected);
    expect(sizes.reduce((sum, size) => sum + size, 2)).toBe(body.length);
  });

  it('sends a panic as an emergency, which it would take for info by that name', () => {
    const { body } = encode(createEncoder(HEAD), [makeLine({ level: 'panic' })]);

    expect(JSON.parse(body.toString())).toMatchObject([{ status: 'emergency' }]);
  });

  it('keeps the true time of a line beside a fresh one', () => {
    const { body } = encode(createEncoder(HEAD), [makeLine({ timeMs: 2_000, originalTimeMs: 1_000 })]);

    expect(JSON.parse(body.toString())).toMatchObject([{ timestamp: 2_000, original_timestamp: 1_000 }]);
  });

  it('names the worker of each line', () => {
    const lines = ['w1', 'w2', 'w"\\3'].map((workerId) => makeLine({ workerId }));

    const { body } = encode(createEncoder(HEAD), lines);

    expect(JSON.parse(body.toString())).toMatchObject([
      { hostname: 'w1' },
      { hostname: 'w2' },
      { hostname: 'w"\\3' },
    ]);
  });

  it('keeps any text as it is', () => {
    fc.assert(
      fc.property(anyTexts, (all) => {
        const { body, sizes } = encode(
          createEncoder(HEAD),
          all.map((text) => makeLine({ text })),
        );

        const entries = JSON.parse(body.toString()) as { message: string }[];
        expect(entries.map(({ message }) => message)).toEqual(all);
        expect(sizes.reduce((sum, size) => sum + size, 2)).toBe(body.length);
      }),
    );
  });
});

describe('a Datadog drain', () => {
  let server: TestServer;
  let drain: DestinationClient;
  function openWith(token: string): DestinationClient {
    const DATADOG_URL = `http://127.0.0.1:${server.port}`;
    return DESTINATION.open(settingsOf({ DATADOG_TOKEN: token, DATADOG_URL }), OPEN_NETWORK);
  }
  beforeEach(async () => {
    server = await startServer();
    drain = openWith(API_KEY);
  });
  afterEach(async () => {
    await drain.close?.();
    await server.close();
  });

  it('posts to the logs intake with the key in a header', async () => {
    await attempt(drain);

    const [request] = server.received;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/api/v2/logs',
      headers: { 'dd-api-key': API_KEY, 'content-type': 'application/json' },
    });
    expect(JSON.parse(request?.body ?? '')).toHaveLength(3);
    expect(drain.endpoint).toBe(`127.0.0.1:${server.port}`);
  });

  it('names the source in the query for client tokens, and keeps the token out of it', async () => {
    const other = openWith(CLIENT_TOKEN);

    await attempt(other);

    await other.close?.();
    expect(server.received[0]).toMatchObject({
      path: '/api/v2/logs?ddsource=CA_abcd1234',
      headers: { 'dd-api-key': CLIENT_TOKEN },
    });
  });

  itTakesGoldenAnswers('datadog', () => ({ server, drain }));

  it('passes on for how long to wait', async () => {
    server.answerWith(plainAnswer(429, '', { 'retry-after': '30' }));

    expect(await attempt(drain)).toMatchObject({
      rest: { fate: 'retry', reason: 'throttled', afterMs: 30_000 },
    });
  });

  it('hands back the service’s words', async () => {
    server.answerWith(plainAnswer(403, '{"errors":[{"title":"Forbidden"}]}'));

    expect(await attempt(drain)).toMatchObject({ answer: '403 {"errors":[{"title":"Forbidden"}]}' });
  });
});
