import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  PutLogEventsCommand,
  type PutLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCloudWatch } from '../../../receivers/cloudwatch/receiver.ts';
import { portOf } from '../../../receivers/kit/port.ts';
import { type Bench, bench, golden, type RawRequest, send } from '../raw-http.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Golden {
  readonly body: {
    readonly logGroupName: string;
    readonly logStreamName: string;
    readonly logEvents: { timestamp: number; message: string }[];
  };
}

interface Outgoing {
  body: unknown;
  headers: Record<string, string>;
}
const isOutgoing = (request: unknown): request is Outgoing =>
  typeof request === 'object' && request !== null && 'headers' in request;
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

describe('the CloudWatch Logs receiver', () => {
  let cloudwatch: Bench;
  let client: CloudWatchLogsClient;
  const clients: CloudWatchLogsClient[] = [];

  function connect(credentials: object = {}, endpoint?: string): CloudWatchLogsClient {
    const made = new CloudWatchLogsClient({
      endpoint: endpoint ?? cloudwatch.setting('CLOUDWATCH_URL'),
      region: cloudwatch.setting('AWS_REGION'),
      maxAttempts: 1,
      credentials: {
        accessKeyId: cloudwatch.setting('AWS_ACCESS_KEY_ID'),
        secretAccessKey: cloudwatch.setting('AWS_SECRET_ACCESS_KEY'),
        ...credentials,
      },
    });
    clients.push(made);
    return made;
  }
  const group = { logGroupName: 'CA_x' };
  const stream = { ...group, logStreamName: 'w' };
  function put(...logEvents: { timestamp: number; message: string }[]): Promise<PutLogEventsCommandOutput> {
    return client.send(new PutLogEventsCommand({ ...stream, logEvents }));
  }
  async function createBoth(): Promise<void> {
    await client.send(new CreateLogGroupCommand(group));
    await client.send(new CreateLogStreamCommand(stream));
  }

  beforeEach(async () => {
    cloudwatch = await bench(startCloudWatch);
    client = connect();
  });
  afterEach(async () => {
    for (const one of clients.splice(0)) one.destroy();
    await cloudwatch.receiver.close();
  });

  it('accepts the golden events through the real client once group and stream exist', async () => {
    const { body }: Golden = JSON.parse(golden('cloudwatch/put-log-events.json'));
    const shift = Date.now() - Number(body.logEvents[0]?.timestamp);
    const logEvents = body.logEvents.map((event) => ({ ...event, timestamp: event.timestamp + shift }));

    await client.send(new CreateLogGroupCommand({ logGroupName: body.logGroupName }));
    await client.send(
      new CreateLogStreamCommand({ logGroupName: body.logGroupName, logStreamName: body.logStreamName }),
    );
    const answer = await client.send(new PutLogEventsCommand({ ...body, logEvents }));

    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.rejectedLogEventsInfo).toBeUndefined();
    expect(cloudwatch.accepted.map(({ event }) => event)).toEqual(
      logEvents.map((event) => ({ logGroupName: 'CA_abcd1234', logStreamName: 'CAW_zyxw9876', ...event })),
    );
    expect(cloudwatch.accepted[2]).toMatchObject({
      agent: 'CA_abcd1234',
      worker: 'CAW_zyxw9876',
      stream: undefined,
      text: 'héllo ☃ 😀 tab\there "quoted" back\\slash',
      timeMs: logEvents[2]?.timestamp,
    });
    expect(cloudwatch.receiver.violations).toEqual([]);
  });

  it('asks for the group and then for the stream, without calling that a violation', async () => {
    const event = { timestamp: Date.now(), message: 'm' };
    const noGroup = await put(event).catch((error: Error) => [error.name, error.message]);
    const noGroupForStream = await client
      .send(new CreateLogStreamCommand(stream))
      .catch((error: Error) => [error.name, error.message]);
    await client.send(new CreateLogGroupCommand(group));
    const noStream = await put(event).catch((error: Error) => [error.name, error.message]);

    expect(noGroup).toEqual(['ResourceNotFoundException', 'The specified log group does not exist.']);
    expect(noGroupForStream).toEqual(noGroup);
    expect(noStream).toEqual(['ResourceNotFoundException', 'The specified log stream does not exist.']);
    expect(cloudwatch.receiver.violations).toEqual([]);
  });

  it('lets one of several makers win', async () => {
    const tries = [1, 2, 3].map(() => new CreateLogGroupCommand(group));
    const groups = await Promise.all(tries.map((command) => client.send(command).then(() => 'made', nameOf)));
    const makes = [1, 2, 3].map(() => new CreateLogStreamCommand(stream));
    const streams = await Promise.all(
      makes.map((command) => client.send(command).then(() => 'made', nameOf)),
    );

    const expected = ['ResourceAlreadyExistsException', 'ResourceAlreadyExistsException', 'made'];
    expect([groups.sort(), streams.sort()]).toEqual([expected, expected]);
    expect(cloudwatch.receiver.violations).toEqual([]);
  });

  it('refuses operations beyond the three that the drain has rights for', async () => {
    await expect(client.send(new DescribeLogGroupsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });

    expect(cloudwatch.receiver.violations).toEqual(['logs:DescribeLogGroups is not among the rights needed']);
  });

  it.each([
    ['another secret key', { secretAccessKey: 'other' }, 'InvalidSignatureException'],
    ['another access key', { accessKeyId: 'AKIAOTHER' }, 'UnrecognizedClientException'],
    ['a session token that nobody gave', { sessionToken: 'token' }, 'UnrecognizedClientException'],
  ])('refuses a request signed with %s', async (_, credentials, name) => {
    const other = connect(credentials);

    await expect(other.send(new CreateLogGroupCommand(group))).rejects.toMatchObject({ name });

    expect(cloudwatch.receiver.violations).toHaveLength(1);
    await expect(client.send(new CreateLogGroupCommand(group))).resolves.toBeDefined();
  });

  it('refuses a request that was changed, aged or stripped after it was signed', async () => {
    const taken: RawRequest[] = [];
    const between = createServer((incoming, response) => {
      incoming.on('data', (body: Buffer) => {
        const headers = Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        );
        taken.push({ path: '/', headers: { ...headers, connection: 'close' }, body });
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}');
      });
    });
    const url = cloudwatch.setting('CLOUDWATCH_URL');
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    await connect({}, `http://127.0.0.1:${portOf(between)}`).send(new CreateLogGroupCommand(group));
    between.close();
    between.closeAllConnections();
    const [good] = taken;
    const headers = good?.headers ?? {};
    const signed = headers['authorization'] ?? '';
    const tries: Record<string, RawRequest> = {
      body: { path: '/', headers, body: '{"logGroupName":"CA_y"}' },
      query: { path: '/?a=b', headers, body: good?.body ?? '' },
      target: {
        path: '/',
        headers: { ...headers, 'x-amz-target': 'Logs_20140328.X' },
        body: good?.body ?? '',
      },
      date: { path: '/', headers: { ...headers, 'x-amz-date': '20200101T000000Z' }, body: good?.body ?? '' },
      unsigned: { path: '/', headers: { ...headers, 'x-amz-new': 'x' }, body: good?.body ?? '' },
      service: {
        path: '/',
        headers: { ...headers, authorization: signed.replace('/logs/', '/kinesis/') },
        body: good?.body ?? '',
      },
      region: {
        path: '/',
        headers: { ...headers, authorization: signed.replace('/us-west-2/', '/eu-west-1/') },
        body: good?.body ?? '',
      },
      form: { path: '/', headers: { ...headers, authorization: 'Basic x' }, body: good?.body ?? '' },
      none: {
        path: '/',
        headers: { 'x-amz-target': 'Logs_20140328.CreateLogGroup' },
        body: good?.body ?? '',
      },
    };
    const names: Record<string, unknown> = {};

    for (const [name, one] of Object.entries(tries)) {
      names[name] = /"__type":"(\w+)"/.exec((await send(url, one)).body)?.[1];
    }
    const untouched = await send(url, good ?? { path: '/' });

    expect(names).toEqual({
      body: 'InvalidSignatureException',
      query: 'InvalidSignatureException',
      target: 'InvalidSignatureException',
      date: 'InvalidSignatureException',
      unsigned: 'InvalidSignatureException',
      service: 'InvalidSignatureException',
      region: 'InvalidSignatureException',
      form: 'IncompleteSignatureException',
      none: 'MissingAuthenticationTokenException',
    });
    expect(untouched.status).toBe(200);
    expect(cloudwatch.receiver.violations).toContain('x-amz-new is not signed');
  });

  it.each([
    ['aws/x', 'w'],
    ['CA x', 'w'],
    ['C'.repeat(513), 'w'],
    ['CA_x', 'a:b'],
    ['CA_x', 'a*b'],
    ['CA_x', 'w'.repeat(513)],
  ])('refuses the names %.20s and %.20s', async (logGroupName, logStreamName) => {
    const create = async (): Promise<void> => {
      await client.send(new CreateLogGroupCommand({ logGroupName }));
      await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    };

    await expect(create()).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect(cloudwatch.receiver.violations).toHaveLength(1);
  });

  it('counts a batch as its UTF-8 bytes and 26 for each event', async () => {
    await createBoth();
    const timestamp = Date.now();
    const most = { timestamp, message: `☃${'m'.repeat(1_048_576 - 26 - 27 - 3)}` };

    await put(most, { timestamp, message: 'm' });
    const more = put(most, { timestamp, message: 'mm' });

    await expect(more).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Upload too large: 1048577 bytes exceeds limit of 1048576',
    });
    expect(cloudwatch.accepted).toHaveLength(2);
    expect(cloudwatch.receiver.violations).toHaveLength(1);
  });

  it('takes a message of 1,048,550 bytes and refuses one more', async () => {
    await createBoth();
    const timestamp = Date.now();

    await put({ timestamp, message: 'm'.repeat(1_048_550) });
    const more = put({ timestamp, message: 'm'.repeat(1_048_551) });

    await expect(more).rejects.toThrow(/Log event too large/);
  });

  it('takes 10,000 events and refuses 10,001', async () => {
    await createBoth();
    const events = Array.from({ length: 10_000 }, () => ({ timestamp: Date.now(), message: 'm' })).sort(
      (a, b) => a.timestamp - b.timestamp,
    );

    await put(...events);
    const more = put(...events, { timestamp: Date.now(), message: 'm' });

    await expect(more).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect(cloudwatch.accepted).toHaveLength(10_000);
  });

  it.each([
    ['no event', () => []],
    ['an empty message', (now: number) => [{ timestamp: now, message: '' }]],
    [
      'times that descend',
      (now: number) => [
        { timestamp: now, message: 'a' },
        { timestamp: now - 1, message: 'b' },
      ],
    ],
    [
      'a span over 24 h',
      (now: number) => [
        { timestamp: now - DAY_MS - 1, message: 'a' },
        { timestamp: now, message: 'b' },
      ],
    ],
  ])('refuses a call with %s as a whole', async (_, events) => {
    await createBoth();

    await expect(put(...events(Date.now()))).rejects.toMatchObject({ name: 'InvalidParameterException' });

    expect(cloudwatch.accepted).toEqual([]);
    expect(cloudwatch.receiver.violations).toHaveLength(1);
  });

  it('takes a span of 24 h', async () => {
    await createBoth();
    const now = Date.now();

    await put({ timestamp: now - DAY_MS, message: 'a' }, { timestamp: now, message: 'b' });

    expect(cloudwatch.accepted).toHaveLength(2);
    expect(cloudwatch.receiver.violations).toEqual([]);
  });

  it('leaves out what is too old and too new, and names it by its place', async () => {
    await createBoth();
    const now = Date.now();

    const answer = await put(
      { timestamp: now - 14 * DAY_MS - 1000, message: 'old' },
      { timestamp: now - 14 * DAY_MS - 500, message: 'old' },
      { timestamp: now - 1000, message: 'kept' },
      { timestamp: now, message: 'kept' },
      { timestamp: now + 3 * HOUR_MS, message: 'new' },
    );

    expect(answer.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 2, tooNewLogEventStartIndex: 4 });
    expect(cloudwatch.accepted.map(({ text }) => text)).toEqual(['kept', 'kept']);
    expect(cloudwatch.receiver.violations).toHaveLength(1);
  });

  it.each([
    ['old', -15 * DAY_MS, { tooOldLogEventEndIndex: 2 }],
    ['new', 3 * HOUR_MS, { tooNewLogEventStartIndex: 0 }],
  ])('answers 200 even if all events are too %s', async (_, offsetMs, info) => {
    await createBoth();
    const timestamp = Date.now() + offsetMs;

    const answer = await put({ timestamp, message: 'a' }, { timestamp, message: 'b' });

    expect(answer.rejectedLogEventsInfo).toEqual(info);
    expect(cloudwatch.accepted).toEqual([]);
  });

  it('takes a body in gzip and refuses one that is no JSON', async () => {
    await createBoth();
    const logEvents = [{ timestamp: Date.now(), message: 'm' }];
    const sendBody = (body: string | Buffer, encoding: string): Promise<unknown> => {
      const one = connect();
      one.middlewareStack.add(
        (next) => (args) => {
          if (isOutgoing(args.request)) {
            args.request.body = body;
            args.request.headers['content-encoding'] = encoding;
            args.request.headers['content-length'] = String(Buffer.byteLength(body));
          }
          return next(args);
        },
        { step: 'build', priority: 'low' },
      );
      return one.send(new PutLogEventsCommand({ ...stream, logEvents }));
    };

    await sendBody(gzipSync(JSON.stringify({ ...stream, logEvents })), 'gzip');
    const bad = sendBody('{"logGroupName"', 'identity');

    await expect(bad).rejects.toMatchObject({ name: 'SerializationException' });
    expect(cloudwatch.accepted).toHaveLength(1);
  });
});
