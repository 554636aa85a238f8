import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSecretsManager } from '../../local/aws/secrets-manager.ts';
import { startFunction } from '../../local/function/function.ts';
import { functionEnvironment } from '../../local/function-environment.ts';
import { type Envelope, parseEnvelope } from '../../receivers/sentry/envelope.ts';
import { compressPayloadSync, recordPayload } from '../../shared/record/encode.ts';
import type { WireRun } from '../../shared/record/format.ts';
import { plainAnswer, type Received, startServer } from '../helpers/http-server.ts';
import { headerWith } from '../helpers/records.ts';
import { eventRecord } from '../helpers/runtime/events.ts';
import type { SdkLog } from './sentry-sdk.ts';

const AGENT = 'CA_peer';
const WORKER = 'CAW_peer';
const KEY = 'abc123';
const PATH = '/prefix/api/4501/envelope/';

/** Our clock may differ from a text's own; an hour is within what Sentry keeps. */
const HOUR_MS = 3_600_000;
const START_MS = Math.floor(Date.now() / 1000) * 1000 - HOUR_MS;

/** Texts as an agent prints them, so that our function finds the level that the SDK is told. */
const LOGS: readonly SdkLog[] = (
  [
    ['trace', '{"level":"trace","message":"first"}', 0],
    ['debug', 'DEBUG:root:héllo ☃ 😀 "quoted" back\\slash', 1],
    ['info', 'no level,\ta tab and \u001b[31mcolours\u001b[0m', 1],
    ['warn', '2026-01-15 10:30:00,123 - agent - WARNING - like a template: %s {0}', 500],
    ['error', '{"level":"error","msg":"boom"}', 999],
    ['fatal', '{"level":"fatal","msg":"end"}', 60_000],
    ['info', '', 60_000],
  ] as const
).map(([level, text, afterMs]) => ({
  level,
  text,
  timeMs: START_MS + afterMs,
  attributes: { agent_id: AGENT, worker_id: WORKER, hostname: 'livekit.hosted.agents' },
}));

interface Attribute {
  readonly value: unknown;
  readonly type: string;
}

interface Log {
  readonly timestamp: number;
  readonly trace_id: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** One request, taken apart. */
interface Sent {
  readonly request: Received;
  readonly envelope: Envelope;
  readonly container: Readonly<Record<string, unknown>>;
  readonly logs: readonly Log[];
}

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** The one request that `send` makes to the DSN that it gets. */
async function capture(send: (dsn: string) => Promise<unknown>): Promise<Sent> {
  const server = await startServer();
  ends.push(server.close);
  server.answerWith(plainAnswer(200, '{}'));
  await send(`http://${KEY}@127.0.0.1:${server.port}/prefix/4501`);
  expect(server.received).toHaveLength(1);
  const [request] = server.received as [Received];
  const envelope = parseEnvelope(Buffer.from(request.body));
  if (envelope === undefined) throw new Error('what was sent is no envelope');
  expect(envelope.items).toHaveLength(1);
  const container = JSON.parse(envelope.items[0]?.payload.toString() ?? '') as Sent['container'];
  return { request, envelope, container, logs: container['items'] as readonly Log[] };
}

/** Sends the logs with @sentry/node. */
async function sendWithSdk(dsn: string): Promise<void> {
  const program = resolve('test', 'peers', 'sentry-sdk.ts');
  const input = JSON.stringify({ dsn, logs: LOGS });
  await promisify(execFile)(process.execPath, ['--import', 'tsx', program, input]);
}

/** Sends the same lines with the built function. */
async function sendWithFunction(dsn: string): Promise<void> {
  const secrets = await startSecretsManager();
  ends.push(secrets.close);
  secrets.set('log-drain/default/sentry', JSON.stringify({ SENTRY_DSN: dsn }));
  const drain = startFunction({
    bundle: resolve('dist', 'lambdas', 'sentry', 'index.mjs'),
    env: functionEnvironment({ secretsManager: secrets.endpoint, s3: secrets.endpoint }),
    timeoutMs: 60_000,
    onStdout: () => undefined,
    onStderr: () => undefined,
  });
  ends.push(drain.close);
  const lines = LOGS.map(({ text }) => Buffer.from(`${text}\n`));
  const runs = LOGS.map(({ timeMs }, at): WireRun => [0, timeMs, 1, lines[at]?.length ?? 0]);
  const header = headerWith({ agent_id: AGENT, worker_id: WORKER, seq: 0, runs });
  const record = eventRecord(compressPayloadSync(recordPayload(header, lines)), WORKER);
  expect(await drain.invoke({ Records: [record] })).toMatchObject({
    kind: 'result',
    value: { batchItemFailures: [] },
  });
}

const SEQUENCE = 'sentry.timestamp.sequence';

/** What Sentry reads of a log's attributes, in any order; the sequence's numbers are each sender's own. */
function attributesOf({ attributes }: Log, without: readonly string[]): Record<string, unknown> {
  const named = Object.entries(attributes).filter(([name]) => !without.includes(name));
  const shown = named.map(([name, { value, type }]) => [name, name === SEQUENCE ? type : { value, type }]);
  return Object.fromEntries(shown) as Record<string, unknown>;
}

describe('what our function sends to Sentry, beside what @sentry/node sends for the same logs', () => {
  let ours: Sent;
  let sdks: Sent;
  beforeAll(async () => {
    [ours, sdks] = await Promise.all([capture(sendWithFunction), capture(sendWithSdk)]);
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('goes to the same place with the same key, ours in the header and the SDK’s in the query', () => {
    const query = new URL(sdks.request.path, 'http://x').searchParams;
    const auth = String(ours.request.headers['x-sentry-auth']);
    const [, version, client, key] =
      /^Sentry sentry_version=(\d+), sentry_client=(\S+), sentry_key=(\w+)$/.exec(auth) ?? [];

    expect([ours.request.method, ours.request.path]).toEqual([sdks.request.method, PATH]);
    expect(new URL(sdks.request.path, 'http://x').pathname).toBe(PATH);
    expect([version, key]).toEqual([query.get('sentry_version'), query.get('sentry_key')]);
    for (const name of [client, query.get('sentry_client')]) expect(name).toMatch(/^[\w.-]+\/\d+\.\d+\.\d+$/);
  });

  it('has the SDK’s headers of envelope and item, and in addition when it was sent and how long it is', () => {
    const { sdk, ...sdkHeader } = sdks.envelope.header;
    const { sent_at: sentAt, ...header } = ours.envelope.header;
    const { length, ...item } = ours.envelope.items[0]?.header ?? {};

    expect(sdk).toMatchObject({ name: 'sentry.javascript.node' });
    expect(header).toEqual(sdkHeader);
    expect(new Date(String(sentAt)).toISOString()).toBe(sentAt);
    expect(item).toEqual(sdks.envelope.items[0]?.header);
    expect(length).toBe(ours.envelope.items[0]?.payload.length);
  });

  it('has the SDK’s container', () => {
    const { items: _ours, ...container } = ours.container;
    const { items: _sdks, ...sdkContainer } = sdks.container;

    expect(container).toEqual(sdkContainer);
  });

  it('has the SDK’s logs in the same order, with the same times, levels, numbers, texts and members', () => {
    const comparable = ({ attributes: _attributes, trace_id: _trace, ...log }: Log): object => log;

    expect(ours.logs.map(comparable)).toEqual(sdks.logs.map(comparable));
    expect(ours.logs.map(({ timestamp }) => timestamp)).toEqual(LOGS.map(({ timeMs }) => timeMs / 1000));
    for (const { trace_id: traceId } of [...ours.logs, ...sdks.logs]) {
      expect(traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
    }
    // One trace: the SDK's process, our worker.
    expect([ours, sdks].map(({ logs }) => new Set(logs.map((log) => log.trace_id)).size)).toEqual([1, 1]);
  });

  it('has the SDK’s attributes in value and type, but those that speak of the SDK and its machine', () => {
    const meant = ['sentry.sdk.name', 'sentry.sdk.version', 'server.address'];

    const [expected, actual] = [sdks, ours].map(({ logs }) => logs.map((log) => attributesOf(log, meant)));

    expect(actual).toEqual(expected);
    expect(sdks.logs.map((log) => meant.filter((name) => name in log.attributes))).toEqual(
      LOGS.map(() => meant),
    );
    expect(ours.logs.map((log) => meant.filter((name) => name in log.attributes))).toEqual(
      LOGS.map(() => []),
    );
  });

  it('tells logs of one millisecond apart, as the SDK does', () => {
    const sequences = ({ logs }: Sent): unknown[] =>
      logs
        .filter(({ timestamp }) => timestamp === (START_MS + 1) / 1000)
        .map(({ attributes }) => attributes[SEQUENCE]?.value);

    for (const sent of [ours, sdks]) {
      const [first, second] = sequences(sent) as [number, number];
      expect(second).toBeGreaterThan(first);
    }
  });
});
