import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server as NetServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { DESTINATION } from '../../../lambdas/cloudwatch/destination.ts';
import { createEncoder } from '../../../lambdas/cloudwatch/encode.ts';
import { MANIFEST } from '../../../lambdas/cloudwatch/manifest.ts';
import { rejectionsOf } from '../../../lambdas/cloudwatch/rejected.ts';
import { createStreams } from '../../../lambdas/cloudwatch/streams.ts';
import { createByteWriter } from '../../../shared/destination/byte-writer.ts';
import type { DestinationClient, Line } from '../../../shared/destination/contract.ts';
import type { Network } from '../../../shared/destination/network.ts';
import type { Outcome } from '../../../shared/destination/outcome.ts';
import { createAuthority } from '../../helpers/certificates.ts';
import { answerWithoutEnd } from '../../helpers/http-server.ts';

const golden = (name: string): string => readFileSync(`test/fixtures/golden/cloudwatch/${name}.json`, 'utf8');
const NETWORK: Network = {
  allowPrivate: 'all',
  proxyUrl: undefined,
  noProxy: undefined,
  client: 'log-drain/0.1',
};
const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const ROLE = 'arn:aws:iam::123456789012:role/agent-logs';
const HEAD = { agentId: 'CA_abcd1234', workerId: 'CAW_zyxw9876' };

interface Written {
  readonly timestamp: number;
  readonly message: string;
}

function lineOf({ timestamp, message }: Written): Line {
  const text = Buffer.from(message);
  const bytes = Buffer.concat([Buffer.from('"\n'), text, Buffer.from('\n')]);
  const place = { bytes, start: 2, end: 2 + text.length };
  return {
    ...place,
    workerId: HEAD.workerId,
    timeMs: timestamp,
    originalTimeMs: undefined,
    stream: 'stdout',
    level: 'info',
    seq: 1,
  };
}

function encode(lines: readonly Written[]): { readonly body: Buffer; readonly sizes: readonly number[] } {
  const encoder = createEncoder(HEAD);
  const out = createByteWriter();
  encoder.begin?.(out);
  const sizes = lines.map((line, index) => encoder.line(out, lineOf(line), index));
  encoder.end?.(out);
  return { body: out.toBuffer(), sizes };
}

describe('the CloudWatch encoder', () => {
  it('writes the golden body and counts as the service does', () => {
    const { body, batchBytes }: { body: { logEvents: Written[] }; batchBytes: number } = JSON.parse(
      golden('put-log-events'),
    );

    const written = encode(body.logEvents);

    expect(JSON.parse(written.body.toString())).toEqual(body);
    expect(written.body.toString()).toBe(JSON.stringify(body));
    expect(written.sizes.reduce((sum, size) => sum + size, 0)).toBe(batchBytes);
  });

  it('writes any text so that JSON gives it back', () => {
    const event = fc.record({ timestamp: fc.nat(), message: fc.string({ unit: 'binary' }) });
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const { body, sizes } = encode(events);

        const messages = events.map(({ message }) => Buffer.from(message));
        const logEvents = events.map(({ timestamp }, index) => ({
          timestamp,
          message: String(messages[index]),
        }));
        expect(JSON.parse(body.toString())).toEqual({
          logGroupName: HEAD.agentId,
          logStreamName: HEAD.workerId,
          logEvents,
        });
        expect(sizes).toEqual(messages.map(({ length }) => length + 26));
      }),
    );
  });

  it('leaves room for the longest event within the limits of the service', () => {
    const limits: { maxBatchBytes: number; maxMessageBytes: number; maxEvents: number; maxSpanMs: number } =
      JSON.parse(golden('limits'));
    const longest = 'x'.repeat(MANIFEST.limits.maxEventBytes - 26);

    const { body, sizes } = encode([{ timestamp: 1_768_473_000_000, message: longest }]);

    const framing = body.length - longest.length;
    expect(longest.length).toBeLessThanOrEqual(limits.maxMessageBytes);
    expect((sizes[0] ?? 0) + framing).toBeLessThanOrEqual(limits.maxBatchBytes);
    expect(MANIFEST.limits).toMatchObject({ maxBytes: limits.maxBatchBytes, maxEvents: limits.maxEvents });
    expect(MANIFEST.time.maxSpanMs).toBe(limits.maxSpanMs);
  });
});

describe('the CloudWatch settings', () => {
  it('takes the specification’s keys and defaults', () => {
    const parsed = DESTINATION.parse(KEYS);

    expect(parsed).toMatchObject({
      kind: 'on',
      settings: {
        identity: {
          kind: 'keys',
          accessKeyId: KEYS.AWS_ACCESS_KEY_ID,
          secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
          sessionToken: undefined,
        },
        region: 'us-west-2',
        url: new URL('https://logs.us-west-2.amazonaws.com'),
      },
    });
  });

  it('finds the endpoint that the SDK’s own rules find, in every partition', () => {
    const regions = [
      'us-west-2 eu-central-1 ap-southeast-7 mx-central-1 us-gov-west-1 cn-north-1 cn-northwest-1',
      'eusc-de-east-1 us-iso-east-1 us-isob-west-1 eu-isoe-west-1 us-isof-south-1',
    ].flatMap((row) => row.split(' '));
    const sdk = new CloudWatchLogsClient({ region: 'us-west-2' });

    const found = regions.map((region) => {
      const parsed = DESTINATION.parse({ ...KEYS, AWS_REGION: region });
      return parsed.kind === 'on' ? parsed.settings.url.origin : parsed.kind;
    });

    const expected = regions.map(
      (Region) => sdk.config.endpointProvider({ Region, UseDualStack: false, UseFIPS: false }).url,
    );
    expect(found).toEqual(expected.map(({ origin }) => origin));
  });

  it.each([
    ['AWS_ACCESS_KEY_ID', 'wJalrXUtnFEMI/K7MDENG'],
    ['AWS_ACCESS_KEY_ID', 'AKIA-with-dashes'],
    ['AWS_SECRET_ACCESS_KEY', 'two words'],
    ['AWS_SESSION_TOKEN', 'line\nbreak'],
    ['AWS_REGION', 'us-west-2.evil.example/'],
    ['AWS_REGION', 'Oregon'],
    ['CLOUDWATCH_URL', 'logs.example.com'],
    ['CLOUDWATCH_URL', 'ftp://logs.example.com'],
    ['CLOUDWATCH_URL', 'https://user:password@logs.example.com'],
    ['CLOUDWATCH_URL', 'https://logs.example.com/path'],
    ['LOGS_MIN_LEVEL', 'loud'],
  ])('refuses %s when it is wrong, without repeating it', (name, value) => {
    const parsed = DESTINATION.parse({ ...KEYS, [name]: value });

    expect(parsed).toMatchObject({
      kind: 'bad',
      problems: [expect.stringMatching(new RegExp(`^${name} must be`))],
    });
    expect(JSON.stringify(parsed)).not.toContain(JSON.stringify(value).slice(1, -1));
  });

  it('names every setting that is missing', () => {
    const parsed = DESTINATION.parse({ AWS_REGION: 'us-east-1' });

    expect(parsed).toEqual({
      kind: 'bad',
      problems: ['AWS_ACCESS_KEY_ID is required', 'AWS_SECRET_ACCESS_KEY is required'],
    });
  });

  it('refuses temporary keys without their session token', () => {
    const temporary = { ...KEYS, AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE' };

    const [without, complete] = [temporary, { ...temporary, AWS_SESSION_TOKEN: 'token' }].map(
      DESTINATION.parse,
    );

    expect(without).toMatchObject({ kind: 'bad', problems: [expect.stringContaining('AWS_SESSION_TOKEN')] });
    expect(complete?.kind).toBe('on');
  });

  it('takes a role in place of keys, and not beside them', () => {
    const [role, both, wrong] = [
      { AWS_ROLE_ARN: ROLE },
      { ...KEYS, AWS_ROLE_ARN: ROLE },
      { AWS_ROLE_ARN: 'arn:aws:iam::1:user/me', AWS_REGION: 'nowhere' },
    ].map(DESTINATION.parse);

    expect(role).toMatchObject({
      kind: 'on',
      settings: { identity: { kind: 'role', arn: ROLE } },
      unknown: [],
    });
    expect(both).toMatchObject({
      kind: 'bad',
      problems: [
        'AWS_ACCESS_KEY_ID does not go with AWS_ROLE_ARN: leave one of them out',
        'AWS_SECRET_ACCESS_KEY does not go with AWS_ROLE_ARN: leave one of them out',
      ],
    });
    expect(wrong).toMatchObject({ kind: 'bad', problems: { length: 2 } });
  });
});

describe('rejections of CloudWatch', () => {
  const n = fc.option(fc.integer({ min: -2, max: 12 }), { nil: undefined });

  it('are ranges that never overlap and stay within the request, whatever the service says', () => {
    fc.assert(
      fc.property(n, n, n, (tooOldLogEventEndIndex, expiredLogEventEndIndex, tooNewLogEventStartIndex) => {
        const ranges = rejectionsOf(
          {
            ...(tooOldLogEventEndIndex === undefined ? {} : { tooOldLogEventEndIndex }),
            ...(expiredLogEventEndIndex === undefined ? {} : { expiredLogEventEndIndex }),
            ...(tooNewLogEventStartIndex === undefined ? {} : { tooNewLogEventStartIndex }),
          },
          10,
        );

        const bounds = ranges.flatMap(({ from, to }) => [from, to]);
        expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
        expect(bounds.every((bound) => bound >= 0 && bound <= 10)).toBe(true);
        expect(ranges.every(({ from, to }) => from < to)).toBe(true);
      }),
    );
  });

  it('name their reasons', () => {
    const info = { tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 3, tooNewLogEventStartIndex: 8 };

    const ranges = rejectionsOf(info, 10);

    expect(ranges).toEqual([
      { from: 0, to: 1, reason: 'too-old' },
      { from: 1, to: 3, reason: 'past-retention' },
      { from: 8, to: 10, reason: 'too-new' },
    ]);
  });
});

interface Seen {
  readonly operation: string;
  readonly body: Buffer;
  readonly headers: IncomingMessage['headers'];
}

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const OK: Answer = { status: 200, body: '{"nextSequenceToken":"1"}' };
const CREATED: Answer = { status: 200 };
const fault = (type: string, message = 'said by the service'): Answer => ({
  status: 400,
  body: JSON.stringify({ __type: type, message }),
});
const MISSING = fault('ResourceNotFoundException');

/** Answers each request in turn; the last answer, or what a function says, is repeated. */
type Script = readonly Answer[] | ((seen: Seen, response: ServerResponse) => Answer | Promise<Answer>);

describe('an attempt at CloudWatch', () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  async function listen(server: NetServer): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async function readAll(request: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  interface Service {
    readonly url: string;
    readonly seen: readonly Seen[];
    readonly server: Server;
  }

  async function serve(script: Script): Promise<Service> {
    const seen: Seen[] = [];
    const server = createServer((request, response) => void reply(request, response));

    async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const operation = String(request.headers['x-amz-target']).replace('Logs_20140328.', '');
      const one = { operation, body: await readAll(request), headers: request.headers };
      seen.push(one);
      const scripted =
        typeof script === 'function' ? script(one, response) : (script[seen.length - 1] ?? script.at(-1));
      const { status = 500, headers = {}, body = '' } = (await scripted) ?? {};
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers }).end(body);
    }

    const port = await listen(server);
    return { url: `http://127.0.0.1:${port}`, seen, server };
  }

  interface Opening {
    readonly settings?: Readonly<Record<string, string>>;
    readonly network?: Partial<Network>;
  }

  /** Drains that are given no network have the same, as in a function. */
  function open(url: string, { settings = {}, network }: Opening = {}): DestinationClient {
    const parsed = DESTINATION.parse({ ...KEYS, CLOUDWATCH_URL: url, ...settings });
    if (parsed.kind !== 'on') throw new Error(`settings are ${parsed.kind}`);
    const own = network === undefined ? NETWORK : { ...NETWORK, ...network };
    const drain = DESTINATION.open(parsed.settings, own);
    cleanUps.push(async () => drain.close?.());
    return drain;
  }

  const events = Array.from({ length: 5 }, (_, i) => ({
    timestamp: 1_768_473_000_000 + i,
    message: `line ${i} é\0`,
  }));
  const { body: BODY } = encode(events);

  interface Attempting {
    readonly workerId?: string;
    readonly body?: Buffer;
    readonly signal?: AbortSignal;
  }

  function attempt(
    drain: DestinationClient,
    { workerId = HEAD.workerId, body = BODY, signal }: Attempting = {},
  ): Promise<Outcome> {
    const limit = signal ?? AbortSignal.timeout(20_000);
    const lent = Buffer.from(body);
    const send = drain.prepare({
      agentId: HEAD.agentId,
      workerId,
      body: lent,
      events: 5,
      nowMs: Date.now(),
    });
    // As the engine does, which writes its next request there.
    lent.fill('?');
    return send(limit);
  }

  function first({ seen: [one] }: Service): Seen {
    if (one === undefined) throw new Error('no request came');
    return one;
  }

  const operations = ({ seen }: Service): readonly string[] => seen.map(({ operation }) => operation);

  it('sends the ready body unchanged, signed with the settings’ keys', async () => {
    const service = await serve([OK]);

    const result = await attempt(open(service.url));

    expect(result).toEqual({ accepted: [], rejected: [], rest: { fate: 'delivered' } });
    const { operation, body, headers } = first(service);
    expect(operation).toBe('PutLogEvents');
    expect(body).toEqual(BODY);
    expect(headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'content-length': String(BODY.length),
      'x-amz-content-sha256': createHash('sha256').update(BODY).digest('hex'),
      'user-agent': expect.stringContaining('log-drain/0.1'),
    });
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/us-west-2\/logs\/aws4_request, SignedHeaders=\S*x-amz-content-sha256\S*, Signature=[0-9a-f]{64}$/,
    );
    expect(headers['x-amz-security-token']).toBeUndefined();
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('signs for the region and with the session token of the settings', async () => {
    const service = await serve([OK]);

    await attempt(
      open(service.url, { settings: { AWS_REGION: 'eu-central-1', AWS_SESSION_TOKEN: 'session' } }),
    );

    expect(service.seen[0]?.headers.authorization).toContain('/eu-central-1/logs/aws4_request');
    expect(service.seen[0]?.headers['x-amz-security-token']).toBe('session');
  });

  describe('judges every golden answer', () => {
    interface GoldenAnswer {
      readonly op: string;
      readonly status: number;
      readonly body: string;
      readonly class: string;
      readonly rejectedOf5?: readonly number[];
    }
    const FATES: Readonly<Record<string, string>> = {
      success: 'delivered',
      partial: 'delivered',
      'create-then-retry': 'delivered',
      'create-group-first': 'delivered',
      'permanent-request': 'split',
      split: 'split',
      'permanent-event': 'split',
      retry: 'retry',
      auth: 'misconfigured',
      'permanent-config': 'misconfigured',
    };
    const answers: readonly GoldenAnswer[] = JSON.parse(golden('responses'));
    const nameOf = ({ op, status, body, class: kind }: GoldenAnswer): string =>
      `${op} ${status} ${body.slice(0, 90)}: ${kind}`;

    it.each(answers.map((answer) => [nameOf(answer), answer] as const))('%s', async (_, answer) => {
      const on = answer.op === 'any' ? 'PutLogEvents' : answer.op;
      // The first request of the golden operation gets the golden answer; a put before a creation misses its stream.
      const given = new Set<string>();
      const service = await serve(({ operation }) => {
        const isFirst = !given.has(operation);
        given.add(operation);
        if (operation === on && isFirst) return { status: answer.status, body: answer.body };
        const isNeeded = on === 'CreateLogGroup' && operation === 'CreateLogStream';
        if (isFirst && (isNeeded || (operation === 'PutLogEvents' && on !== 'PutLogEvents'))) return MISSING;
        return operation === 'PutLogEvents' ? OK : CREATED;
      });

      const result = await attempt(open(service.url));

      expect(given).toContain(on);
      expect(result.rest.fate).toBe(FATES[answer.class]);
      const rejected = result.rejected.flatMap(({ from, to }) =>
        Array.from({ length: to - from }, (__, i) => from + i),
      );
      expect(rejected).toEqual(answer.rejectedOf5 ?? []);
    });
  });

  it.each([
    ['a namespace', { body: '{"__type":"com.amazonaws.logs.v1#ThrottlingException"}' }, 'throttled'],
    ['a suffix', { body: '{"__type":"ThrottlingException:http://internal.amazon.com/coral/"}' }, 'throttled'],
    [
      'a header instead',
      { headers: { 'x-amzn-errortype': 'ThrottlingException:' }, body: '{}' },
      'throttled',
    ],
  ])('knows an error’s name with %s', async (_, answer, reason) => {
    const service = await serve([{ status: 400, ...answer }]);

    const result = await attempt(open(service.url));

    expect(result.rest).toEqual({ fate: 'retry', reason });
  });

  it.each<readonly [string, Answer, Outcome['rest']]>([
    ['an unknown error', fault('SomethingNewException'), { fate: 'split', reason: 'bad-request' }],
    ['a 400 that is not JSON', { status: 400, body: '<html>' }, { fate: 'split', reason: 'bad-request' }],
    ['a 502 of a proxy', { status: 502, body: '<html>' }, { fate: 'retry', reason: 'status-502' }],
    ['a 503 without a body', { status: 503 }, { fate: 'retry', reason: 'status-503' }],
    ['a 413', { status: 413, body: '<html>' }, { fate: 'split', reason: 'too-large', tooMuch: true }],
    ['a 429', { status: 429 }, { fate: 'retry', reason: 'throttled' }],
    ['a 403 of a gateway', { status: 403, body: 'no' }, { fate: 'misconfigured', reason: 'not-authorized' }],
    [
      'a redirect',
      { status: 307, headers: { location: 'http://127.0.0.1:1/' } },
      { fate: 'misconfigured', reason: 'redirected' },
    ],
    [
      'a 200 that is not JSON',
      { status: 200, body: '<html>Welcome' },
      { fate: 'retry', reason: 'bad-answer' },
    ],
    [
      'a success that is called HTML',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '{}' },
      { fate: 'delivered' },
    ],
    [
      'an error under a 200',
      { status: 200, body: '{"__type":"ThrottlingException"}' },
      { fate: 'retry', reason: 'bad-answer' },
    ],
    ['a 200 that says nothing', { status: 200 }, { fate: 'retry', reason: 'bad-answer' }],
    [
      'an endless 200',
      { status: 200, body: `{"a":"${'x'.repeat(100_000)}"}` },
      { fate: 'retry', reason: 'bad-answer' },
    ],
  ])('judges %s in one request', async (_, answer, rest) => {
    const service = await serve([answer]);

    const result = await attempt(open(service.url));

    expect(result.rest).toEqual(rest);
    expect(service.seen).toHaveLength(1);
  });

  it('does not read an endless answer', async () => {
    const service = await serve((_, response) => {
      answerWithoutEnd(response, 200, '{'.repeat(65_536));
      return new Promise(() => {});
    });

    const result = await attempt(open(service.url));

    expect(result.rest).toEqual({ fate: 'retry', reason: 'bad-answer' });
  });

  it.each([
    ['Upload too large: 1048577 bytes exceeds limit of 1048576', 'too-large', true],
    ['Log event too large: 1048577 bytes exceeds limit of 1048576', 'event-too-large'],
    [
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
      'span-too-long',
      true,
    ],
    ['Log events in a single PutLogEvents request must be in chronological order.', 'not-in-order'],
    ['1 validation error detected', 'bad-request'],
  ])('has the request split on %s', async (message, reason, tooMuch = false) => {
    const service = await serve([fault('InvalidParameterException', message)]);

    const result = await attempt(open(service.url));

    expect(result.rest).toEqual({ fate: 'split', reason, ...(tooMuch && { tooMuch }) });
    expect(result.answer).toBe(`400 InvalidParameterException: ${message}`);
  });

  it('hands on the service’s words of a partial success', async () => {
    const service = await serve([
      { status: 200, body: '{"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":2}}' },
    ]);

    const result = await attempt(open(service.url));

    expect(result).toEqual({
      accepted: [],
      rejected: [{ from: 0, to: 2, reason: 'too-old' }],
      rest: { fate: 'delivered' },
      answer: '200 rejectedLogEventsInfo {"tooOldLogEventEndIndex":2}',
    });
  });

  describe('when the stream is missing', () => {
    /** A service that begins empty and keeps to the real one's rules. */
    function emptyService(): Script {
      const groups = new Set<string>();
      const streams = new Set<string>();
      return ({ operation, body }) => {
        const { logGroupName: group, logStreamName: stream }: Record<string, string> = JSON.parse(
          body.toString(),
        );
        const name = `${group}:${stream}`;
        if (operation === 'CreateLogGroup') {
          if (groups.has(String(group))) return fault('ResourceAlreadyExistsException');
          groups.add(String(group));
          return CREATED;
        }
        if (!groups.has(String(group))) return MISSING;
        if (operation === 'CreateLogStream') {
          if (streams.has(name)) return fault('ResourceAlreadyExistsException');
          streams.add(name);
          return CREATED;
        }
        return streams.has(name) ? OK : MISSING;
      };
    }

    it('makes group and stream and sends again within the attempt', async () => {
      const service = await serve(emptyService());

      const result = await attempt(open(service.url));

      expect(result.rest).toEqual({ fate: 'delivered' });
      expect(operations(service)).toEqual([
        'PutLogEvents',
        'CreateLogStream',
        'CreateLogGroup',
        'CreateLogStream',
        'PutLogEvents',
      ]);
      const bodies = service.seen.map(({ body }) => JSON.parse(body.toString()));
      expect(bodies[1]).toEqual(JSON.parse(golden('create-log-stream')).body);
      expect(bodies[2]).toEqual(JSON.parse(golden('create-log-group')).body);
      expect(service.seen[4]?.body).toEqual(BODY);
    });

    it('makes no group where there is one', async () => {
      const service = await serve([MISSING, CREATED, OK]);

      const result = await attempt(open(service.url));

      expect(result.rest).toEqual({ fate: 'delivered' });
      expect(operations(service)).toEqual(['PutLogEvents', 'CreateLogStream', 'PutLogEvents']);
    });

    it('serves several workers that miss their streams at the same time', async () => {
      const service = await serve(emptyService());
      const drain = open(service.url);
      const workers = ['a', 'b', 'c', 'a'].map((workerId) => {
        const body = Buffer.from(BODY.toString().replace(HEAD.workerId, workerId));
        return attempt(drain, { workerId, body });
      });

      const results = await Promise.all(workers);

      expect(results.map(({ rest }) => rest.fate)).toEqual([
        'delivered',
        'delivered',
        'delivered',
        'delivered',
      ]);
    });

    it('asks once for what several wait for', async () => {
      const calls: string[] = [];
      const missing = Object.assign(new Error('missing'), { name: 'ResourceNotFoundException' });
      let letGo = (): void => {};
      const made = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      let isMade = false;
      const ensure = createStreams({
        putLogEvents: () => Promise.reject(missing),
        createLogStream: (_, stream) => {
          calls.push(`stream ${stream}`);
          return isMade ? Promise.resolve() : Promise.reject(missing);
        },
        createLogGroup: (name) => {
          calls.push(`group ${name}`);
          return made;
        },
        close: () => {},
      });
      const { signal } = new AbortController();

      const all = Promise.all(['a', 'b', 'a', 'c'].map((stream) => ensure('g', stream, signal)));
      isMade = true;
      letGo();
      await all;

      expect(calls).toEqual([
        'stream a',
        'stream b',
        'stream c',
        'group g',
        'stream a',
        'stream b',
        'stream c',
      ]);
    });

    it('goes on when another function was faster', async () => {
      const service = await serve([
        MISSING,
        MISSING,
        fault('ResourceAlreadyExistsException'),
        fault('ResourceAlreadyExistsException'),
        OK,
      ]);

      const result = await attempt(open(service.url));

      expect(result.rest).toEqual({ fate: 'delivered' });
      expect(service.seen).toHaveLength(5);
    });

    it('does not go round in circles', async () => {
      const service = await serve([MISSING, CREATED, MISSING]);

      const result = await attempt(open(service.url));

      expect(result.rest).toEqual({ fate: 'retry', reason: 'not-ready' });
      expect(service.seen).toHaveLength(3);
    });

    it('tries again later to make what could not be made', async () => {
      const service = await serve([MISSING, fault('ThrottlingException'), MISSING, CREATED, OK]);
      const drain = open(service.url);

      const results = [await attempt(drain), await attempt(drain)];

      expect(results.map(({ rest }) => rest)).toEqual([
        { fate: 'retry', reason: 'throttled' },
        { fate: 'delivered' },
      ]);
    });
  });

  it('signs by the service’s clock after its own was found wrong', async () => {
    const serverMs = Date.now() + 3_600_000;
    const service = await serve(({ headers }) => {
      const signed = String(headers['x-amz-date']).replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
      const date = { date: new Date(serverMs).toUTCString() };
      const skewed = Math.abs(Date.parse(signed) - serverMs) > 300_000;
      return { ...(skewed ? fault('InvalidSignatureException', 'Signature expired') : OK), headers: date };
    });
    const drain = open(service.url);

    const results = [await attempt(drain), await attempt(drain)];

    expect(results.map(({ rest }) => rest)).toEqual([
      { fate: 'retry', reason: 'clock-skew' },
      { fate: 'delivered' },
    ]);
  });

  it('sends once more on a fresh socket when an idle one has gone stale', async () => {
    const service = await serve([OK]);
    const opened: Socket[] = [];
    service.server.on('connection', (socket: Socket) => opened.push(socket));
    const drain = open(service.url);
    await attempt(drain);
    // The socket is reset only when the next request is on it, as a frozen function finds it.
    const [idle] = opened;
    idle?.removeAllListeners('data').once('data', () => idle.resetAndDestroy());

    const result = await attempt(drain);

    expect(result.rest).toEqual({ fate: 'delivered' });
    expect(opened).toHaveLength(2);
    expect(service.seen).toHaveLength(2);
  });

  it('sends on the sockets of other accounts, which one that is closed leaves open', async () => {
    const service = await serve([OK]);
    let connections = 0;
    service.server.on('connection', () => {
      connections += 1;
    });
    const drains = ['AKIAONE', 'AKIATWO'].map((AWS_ACCESS_KEY_ID) =>
      open(service.url, { settings: { AWS_ACCESS_KEY_ID } }),
    ) as [DestinationClient, DestinationClient];

    const results = [await attempt(drains[0]), await attempt(drains[1])];
    await drains[0].close?.();
    results.push(await attempt(drains[1]));

    expect(results.map(({ rest }) => rest.fate)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(service.seen.map(({ headers }) => /AKIA\w+/.exec(headers.authorization ?? '')?.[0])).toEqual([
      'AKIAONE',
      'AKIATWO',
      'AKIATWO',
    ]);
    expect(connections).toBe(1);
  });

  it('does not repeat a request that a fresh socket has lost', async () => {
    let connections = 0;
    const service = await serve([OK]);
    service.server.on('connection', (socket: Socket) => {
      connections += 1;
      socket.once('data', () => socket.resetAndDestroy());
    });

    const result = await attempt(open(service.url));

    expect(result.rest).toEqual({ fate: 'retry', reason: 'connection-reset' });
    expect(connections).toBe(1);
  });

  it('stops at the time limit of the attempt, before and within the answer', async () => {
    const limits = [new AbortController(), new AbortController()] as const;
    const silent = await serve(() => {
      limits[0].abort();
      return new Promise(() => {});
    });
    const stuck = await serve((_, response) => {
      response
        .writeHead(200, { 'content-length': '100' })
        .write('{', () => setImmediate(() => limits[1].abort()));
      return new Promise(() => {});
    });

    const results = await Promise.all([
      attempt(open(silent.url), { signal: limits[0].signal }),
      attempt(open(stuck.url), { signal: limits[1].signal }),
    ]);

    expect(results[0]?.rest).toEqual({ fate: 'retry', reason: 'timeout' });
    expect(results[1]?.rest.fate).toBe('retry');
  });

  it('tries again when nothing listens', async () => {
    const service = await serve([OK]);
    await new Promise((resolve) => service.server.close(resolve));

    const result = await attempt(open(service.url));

    expect(result.rest).toEqual({ fate: 'retry', reason: 'connection-refused' });
  });

  it.each([
    ['an address', 'https://127.0.0.1'],
    ['a name', 'https://localhost'],
  ])('does not reach a private endpoint given as %s', async (_, origin) => {
    let connections = 0;
    const server = createSecureServer();
    server.on('connection', () => {
      connections += 1;
    });
    const port = await listen(server);

    const result = await attempt(open(`${origin}:${port}`, { network: { allowPrivate: undefined } }));

    expect(result.rest).toEqual({ fate: 'misconfigured', reason: 'address-not-allowed' });
    expect(connections).toBe(0);
  });

  it('refuses plain http unless everything is allowed', async () => {
    const service = await serve([OK]);

    const result = await attempt(open(service.url, { network: { allowPrivate: ['127.0.0.0/8'] } }));

    expect(result.rest).toEqual({ fate: 'misconfigured', reason: 'plain-http' });
    expect(service.seen).toEqual([]);
  });

  it('refuses a certificate that it does not trust', async () => {
    const authority = await createAuthority();
    const port = await listen(createSecureServer(await authority.issue()));

    const result = await attempt(open(`https://127.0.0.1:${port}`));

    expect(result.rest).toEqual({ fate: 'misconfigured', reason: 'tls-certificate' });
  });

  it('goes through the proxy, unless its exceptions name the host', async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(String(request.url));
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    const proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
    const closed = createServer();
    const port = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));

    const through = await attempt(open('https://logs.example.invalid', { network: { proxyUrl } }));
    const around = await attempt(
      open(`https://127.0.0.1:${port}`, { network: { proxyUrl, noProxy: '127.0.0.1' } }),
    );

    expect(asked).toEqual(['logs.example.invalid:443']);
    expect(through.rest.fate).toBe('retry');
    expect(around.rest).toEqual({ fate: 'retry', reason: 'connection-refused' });
  });

  it('takes nothing from the environment of the function or from profile files', async () => {
    const service = await serve([{ status: 500, body: '{"__type":"InternalFailure"}' }]);
    const trap = await serve([OK]);
    const directory = await mkdtemp(join(tmpdir(), 'profile-'));
    cleanUps.push(() => rm(directory, { recursive: true }));
    const profile = `region = ap-south-1\nendpoint_url = ${trap.url}\nuse_fips_endpoint = true\nmax_attempts = 9\n`;
    await writeFile(join(directory, 'config'), `[default]\n${profile}[profile other]\n${profile}`);
    const keys = 'aws_access_key_id = AKIAPROFILEPROFILE00\naws_secret_access_key = profile\n';
    await writeFile(join(directory, 'credentials'), `[default]\n${keys}[other]\n${keys}`);
    const program = `
      import { DESTINATION } from './lambdas/cloudwatch/destination.ts';
      const input = JSON.parse(process.argv[1]);
      const { settings } = DESTINATION.parse(input.settings);
      const drain = DESTINATION.open(settings, input.network);
      const signal = AbortSignal.timeout(20_000);
      const body = Buffer.from(input.body);
      const result = await drain.prepare({ ...input.head, body, events: 5, nowMs: Date.now() })(signal);
      process.stdout.write(JSON.stringify({ result, endpoint: DESTINATION.open(DESTINATION.parse(input.keys).settings, input.network).endpoint }));
    `;
    const settings = { ...KEYS, CLOUDWATCH_URL: service.url };
    const input = JSON.stringify({
      settings,
      keys: KEYS,
      network: NETWORK,
      body: BODY.toString(),
      head: HEAD,
    });

    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program, input],
      {
        env: {
          PATH: process.env['PATH'],
          HOME: directory,
          AWS_CONFIG_FILE: join(directory, 'config'),
          AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
          AWS_PROFILE: 'other',
          AWS_ENDPOINT_URL: trap.url,
          AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: trap.url,
          AWS_REGION: 'eu-north-1',
          AWS_DEFAULT_REGION: 'eu-north-1',
          AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENTENV00',
          AWS_SECRET_ACCESS_KEY: 'environment',
          AWS_SESSION_TOKEN: 'environment',
          AWS_USE_FIPS_ENDPOINT: 'true',
          AWS_USE_DUALSTACK_ENDPOINT: 'true',
          AWS_MAX_ATTEMPTS: '9',
          AWS_RETRY_MODE: 'adaptive',
          AWS_DEFAULTS_MODE: 'in-region',
          AWS_SDK_UA_APP_ID: 'environment',
          AWS_LAMBDA_FUNCTION_NAME: 'drain',
          _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793',
        },
      },
    );

    expect(JSON.parse(stdout)).toMatchObject({
      result: { rest: { fate: 'retry', reason: 'internal-failure' } },
      endpoint: 'logs.us-west-2.amazonaws.com:443',
    });
    expect(trap.seen).toEqual([]);
    expect(service.seen).toHaveLength(1);
    const { headers } = first(service);
    expect(headers.authorization).toContain('Credential=AKIAIOSFODNN7EXAMPLE/');
    expect(headers.authorization).toContain('/us-west-2/logs/');
    expect(Object.keys(headers)).not.toContain('x-amz-security-token');
    expect(Object.keys(headers)).not.toContain('x-amzn-trace-id');
    expect(headers['user-agent']).not.toContain('app/');
  });
});
