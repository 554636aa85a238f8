import * as fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DESTINATION } from '../../../lambdas/splunk/destination.ts';
import { createEncoder } from '../../../lambdas/splunk/encode.ts';
import { parse, type SplunkSettings } from '../../../lambdas/splunk/settings.ts';
import type { DestinationClient } from '../../../shared/destination/contract.ts';
import { createAuthority } from '../../helpers/certificates.ts';
import { createDeliveries, kinesisRecord } from '../../helpers/engine-harness.ts';
import {
  anyTexts,
  attempt,
  encode,
  FATE_OF_CLASS,
  type GoldenResponse,
  golden,
  goldenJson,
  goldenLines,
  HEAD,
  makeLine,
} from '../../helpers/golden.ts';
import { OPEN_NETWORK, plainAnswer, startServer, type TestServer } from '../../helpers/http-server.ts';

const TOKEN = '00000000-0000-0000-0000-000000000000';
const REQUIRED = {
  LOGS_ENABLE_SPLUNK: '1',
  SPLUNK_HEC_TOKEN: TOKEN,
  SPLUNK_HEC_URL: 'https://splunk.example:8088',
};
const PLACE = { index: undefined, source: 'livekit:cloud-agents', sourcetype: '_json' };

function settingsOf(raw: Readonly<Record<string, string>>): SplunkSettings {
  const parsed = parse(raw);
  if (parsed.kind !== 'on') throw new Error(`settings are ${parsed.kind}`);
  return parsed.settings;
}

interface Entry {
  readonly event: Record<string, unknown>;
}

function entriesOf(body: string): Entry[] {
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}

describe('Splunk settings', () => {
  it.each([undefined, '', ' ', '0', ' 0 '])('are off when LOGS_ENABLE_SPLUNK is %s', (flag) => {
    const { LOGS_ENABLE_SPLUNK: _, ...others } = REQUIRED;
    const raw = flag === undefined ? others : { ...others, LOGS_ENABLE_SPLUNK: flag };

    expect(parse(raw)).toEqual({ kind: 'off', why: 'LOGS_ENABLE_SPLUNK is not 1' });
  });

  it.each(['true', 'TRUE', 'yes', 'on', 'false', 'off', '2', '01'])(
    'are wrong, and not off, when LOGS_ENABLE_SPLUNK is %s',
    (flag) => {
      expect(parse({ ...REQUIRED, LOGS_ENABLE_SPLUNK: flag })).toEqual({
        kind: 'bad',
        problems: ['LOGS_ENABLE_SPLUNK must be 1 (on) or 0 (off)'],
      });
    },
  );

  it('have lines parked, with words on what to type, and not skipped when LOGS_ENABLE_SPLUNK is wrong', async () => {
    const text = JSON.stringify({ ...REQUIRED, LOGS_ENABLE_SPLUNK: true });
    const { deliver, counts, objects } = createDeliveries(DESTINATION, {
      secret: () => ({ kind: 'found', text }),
    });

    expect(await deliver([kinesisRecord({ lines: ['a', 'b'] })])).toEqual({ batchItemFailures: [] });
    expect([counts.get('LinesMisconfigured'), counts.get('LinesSkipped')]).toEqual([2, undefined]);
    expect([...objects.values()].map((object) => JSON.parse(object) as unknown)).toEqual([
      expect.objectContaining({
        reason: 'settings-bad',
        answer: 'LOGS_ENABLE_SPLUNK must be 1 (on) or 0 (off)',
        lines: 2,
      }),
    ]);
  });

  it('are on when LOGS_ENABLE_SPLUNK is 1 with spaces around it', () => {
    expect(parse({ ...REQUIRED, LOGS_ENABLE_SPLUNK: '1 ' })).toMatchObject({ kind: 'on' });
  });

  it('have defaults for source and source type, and none for the index', () => {
    expect(settingsOf(REQUIRED)).toMatchObject({ ...PLACE, token: TOKEN });
  });

  it('take index, source and source type', () => {
    const raw = { SPLUNK_INDEX: 'main', SPLUNK_SOURCE: 'mine', SPLUNK_SOURCETYPE: 'agent' };

    const settings = settingsOf({ ...REQUIRED, ...raw });

    expect(settings).toMatchObject({ index: 'main', source: 'mine', sourcetype: 'agent' });
  });

  it.each([
    ['https://splunk.example:8088', 'https://splunk.example:8088/services/collector/event'],
    ['https://splunk.example:8088/', 'https://splunk.example:8088/services/collector/event'],
    ['https://lb.example/hec', 'https://lb.example/hec/services/collector/event'],
    ['https://a.example/services/collector', 'https://a.example/services/collector/event'],
    ['https://a.example/x/services/collector/event', 'https://a.example/x/services/collector/event'],
    ['https://a.example/services/collector/event/1.0', 'https://a.example/services/collector/event'],
  ])('find the event endpoint of %s', (SPLUNK_HEC_URL, url) => {
    expect(settingsOf({ ...REQUIRED, SPLUNK_HEC_URL }).url).toBe(url);
  });

  it('name everything that is missing or wrong, and no secret', () => {
    const raw = { LOGS_ENABLE_SPLUNK: '1', SPLUNK_HEC_URL: 'splunk.example:8088', SPLUNK_CA: 'secret' };

    expect(parse(raw)).toEqual({
      kind: 'bad',
      problems: [
        'SPLUNK_HEC_TOKEN is required',
        'SPLUNK_HEC_URL must be a URL like https://host.example:443, without user name, query and fragment',
        'SPLUNK_CA must be one or more PEM certificates, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----',
      ],
    });
  });

  describe('with certificates', () => {
    let certificate: string;
    beforeAll(async () => {
      certificate = (await createAuthority()).cert.trim();
    });

    it.each(['LOGS_CA', 'SPLUNK_CA'])('take them from %s', (name) => {
      expect(settingsOf({ ...REQUIRED, [name]: certificate }).ca).toBe(certificate);
    });
  });
});

describe('the Splunk encoder', () => {
  it.each([
    ['body.txt', PLACE],
    ['body-with-index.txt', { ...PLACE, index: 'main' }],
  ])('writes the golden %s, with a line number in each event', (file, place) => {
    const { body, sizes } = encode(createEncoder(place, HEAD), goldenLines());

    const expected = entriesOf(golden(`splunk/${file}`)).map((entry, seq) => ({
      ...entry,
      event: { ...entry.event, seq },
    }));
    expect(entriesOf(body.toString())).toEqual(expected);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(body.length);
  });

  it('writes times in plain decimals', () => {
    const times = [0, 1, 999, 1_768_473_000_001, 8_640_000_000_000_000];

    const { body } = encode(
      createEncoder(PLACE, HEAD),
      times.map((timeMs) => makeLine({ timeMs })),
    );

    const written = [...body.toString().matchAll(/"time":([^,]*),/g)].map(([, time]) => time);
    expect(written).toEqual(['0', '0.001', '0.999', '1768473000.001', '8640000000000']);
  });

  it('takes any characters in the place', () => {
    const place = { index: 'ü"', source: 'a\\b', sourcetype: '☃' };

    const { body } = encode(createEncoder(place, HEAD), [makeLine({ workerId: 'w"' })]);

    expect(entriesOf(body.toString())).toMatchObject([{ ...place, host: 'w"' }]);
  });

  it('keeps any text as it is', () => {
    fc.assert(
      fc.property(anyTexts, (all) => {
        const { body } = encode(
          createEncoder(PLACE, HEAD),
          all.map((text) => makeLine({ text })),
        );

        expect(entriesOf(body.toString()).map(({ event }) => event['message'])).toEqual(all);
      }),
    );
  });
});

describe('a Splunk drain', () => {
  let server: TestServer;
  let drain: DestinationClient;
  beforeEach(async () => {
    server = await startServer();
    const SPLUNK_HEC_URL = `http://127.0.0.1:${server.port}`;
    drain = DESTINATION.open(settingsOf({ ...REQUIRED, SPLUNK_HEC_URL }), OPEN_NETWORK);
  });
  afterEach(async () => {
    await drain.close?.();
    await server.close();
  });

  /** 12 lines, so that the golden event numbers lie within the request. */
  const lines = Array.from({ length: 12 }, (_, seq) => makeLine({ seq }));
  const rows = goldenJson('splunk/responses.json') as GoldenResponse[];

  it('posts to the event endpoint with token and channel', async () => {
    await attempt(drain);

    const [request] = server.received;
    expect(request).toMatchObject({
      path: '/services/collector/event',
      headers: { authorization: `Splunk ${TOKEN}`, 'content-type': 'application/json' },
    });
    expect(request?.headers['x-splunk-request-channel']).toMatch(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
  });

  it.each(rows)('takes $status $body for $class', async (row) => {
    server.answerWith(plainAnswer(row.status, row.body, row.headers));

    const outcome = await attempt(drain, { lines });

    expect(outcome.rest.fate).toBe(FATE_OF_CLASS[row.class]);
  });

  function answerOf(status: number, code: number, event?: number): void {
    const body = { text: 'words', code, ...(event === undefined ? {} : { 'invalid-event-number': event }) };
    server.answerWith(plainAnswer(status, JSON.stringify(body), { 'retry-after': '7' }));
  }

  it.each([6, 12, 13, 15])('rejects the event that code %i names and sends the rest again', async (code) => {
    answerOf(400, code, 4);

    expect(await attempt(drain, { lines })).toEqual({
      accepted: [{ from: 0, to: 4 }],
      rejected: [{ from: 4, to: 5, reason: 'invalid-event' }],
      rest: { fate: 'retry', reason: 'behind-invalid-event', afterMs: 0 },
      answer: `400 {"text":"words","code":${code},"invalid-event-number":4}`,
    });
  });

  it('has taken nothing before the first event, and leaves nothing behind the last', async () => {
    answerOf(400, 6, 0);
    expect(await attempt(drain, { lines: lines.slice(0, 1) })).toMatchObject({
      accepted: [],
      rejected: [{ from: 0, to: 1 }],
      rest: { fate: 'delivered' },
    });
  });

  it('goes on behind the events that a busy server took', async () => {
    answerOf(503, 9, 10);

    expect(await attempt(drain, { lines })).toMatchObject({
      accepted: [{ from: 0, to: 10 }],
      rejected: [],
      rest: { fate: 'retry', reason: 'status-503', afterMs: 7_000 },
    });
  });

  it.each([-1, 12, 1.5, undefined])('does not believe event number %s', async (event) => {
    answerOf(400, 6, event);
    expect(await attempt(drain, { lines })).toMatchObject({
      accepted: [],
      rejected: [],
      rest: { fate: 'split' },
    });

    answerOf(503, 9, event);
    expect(await attempt(drain, { lines })).toMatchObject({ accepted: [], rest: { fate: 'retry' } });
  });

  it.each([
    [0, 'delivered'],
    [17, 'delivered'],
    [24, 'delivered'],
    [8, 'retry'],
    [9, 'retry'],
    [4, 'retry'],
    [7, 'misconfigured'],
  ])('takes code %i under a good status for %s', async (code, fate) => {
    answerOf(200, code);

    expect((await attempt(drain, { lines })).rest.fate).toBe(fate);
  });

  it.each([
    [0, 'delivered'],
    [9, 'retry'],
  ])('takes code %i for %s although the answer is called HTML', async (code, fate) => {
    const body = JSON.stringify({ text: 'words', code });
    server.answerWith(plainAnswer(200, body, { 'content-type': 'text/html; charset=UTF-8' }));

    expect((await attempt(drain, { lines })).rest.fate).toBe(fate);
  });

  it('refuses a wrong index as a whole', async () => {
    answerOf(400, 7, 1);

    expect(await attempt(drain, { lines })).toMatchObject({
      accepted: [],
      rejected: [],
      rest: { fate: 'misconfigured', reason: 'incorrect-index' },
    });
  });

  it.each([
    [400, 'split'],
    [403, 'misconfigured'],
    [502, 'retry'],
    [413, 'split'],
    [200, 'retry'],
  ])(
    'goes by a bad status, and believes no good one, when a proxy answers %i in HTML',
    async (status, fate) => {
      server.answerWith(plainAnswer(status, '<html><body>{"code":6}</body></html>'));

      expect(await attempt(drain, { lines })).toMatchObject({ accepted: [], rejected: [], rest: { fate } });
    },
  );

  it.each(['null', '[]', '"6"', '{"code":"6"}', '{"code":6,"invalid-event-number":"0"}', '{'])(
    'goes by the status when the answer is %s',
    async (body) => {
      server.answerWith(plainAnswer(400, body));

      expect(await attempt(drain, { lines })).toMatchObject({ rejected: [], rest: { fate: 'split' } });
    },
  );
});
