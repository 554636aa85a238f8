import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DESTINATION } from '../../../lambdas/cloudwatch/destination.ts';
import type { DestinationClient } from '../../../shared/destination/contract.ts';
import type { Outcome } from '../../../shared/destination/outcome.ts';

const ROLE = 'arn:aws:iam::123456789012:role/agent-logs';
const OWN_KEY = 'AKIAOFTHEFUNCTION000';

interface Seen {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
interface Answer {
  readonly status: number;
  readonly body: string;
}
interface StandIn {
  readonly url: string;
  readonly seen: readonly Seen[];
}

const servers: Server[] = [];
const drains: DestinationClient[] = [];

/** Answers the n-th request, from 0; undefined: resets it. */
async function serve(answerOf: (seen: Seen, n: number) => Answer | undefined): Promise<StandIn> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      const answer = answerOf(one, seen.length - 1);
      if (answer === undefined) request.socket.resetAndDestroy();
      else response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: the form of its answers. */
function credentials(accessKeyId: string, lastsMs: number): Answer {
  const fields = {
    AccessKeyId: accessKeyId,
    SecretAccessKey: 'secret-of-the-role',
    SessionToken: `token-of-${accessKeyId}`,
    Expiration: new Date(Date.now() + lastsMs).toISOString(),
  };
  const xml = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  return { status: 200, body: resultOf(`<Credentials>${xml.join('')}</Credentials>`) };
}
const resultOf = (xml: string): string =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>${xml}</AssumeRoleResult></AssumeRoleResponse>`;
const fault = (status: number, code: string): Answer => ({
  status,
  body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
});

const HOUR_MS = 3_600_000;
const REFUSED = { fate: 'misconfigured', reason: 'role-not-assumed' };
const FAILED = { fate: 'retry', reason: 'assume-role-failed' };

function open(logs: StandIn, assumableRoles: readonly string[] = [ROLE]): DestinationClient {
  const parsed = DESTINATION.parse({ AWS_ROLE_ARN: ROLE, CLOUDWATCH_URL: logs.url });
  if (parsed.kind !== 'on') throw new Error(`settings are ${parsed.kind}`);
  const network = { allowPrivate: 'all', proxyUrl: undefined, noProxy: undefined, client: 'test/1' } as const;
  const drain = DESTINATION.open(parsed.settings, { ...network, assumableRoles });
  drains.push(drain);
  return drain;
}

function attempt(drain: DestinationClient, agentId: string): Promise<Outcome> {
  const body = Buffer.from('{"logGroupName":"g","logStreamName":"s","logEvents":[]}');
  const head = { agentId, workerId: 'W1', body, events: 1 };
  return drain.prepare({ ...head, nowMs: Date.now() })(AbortSignal.timeout(20_000));
}

const parametersOf = ({ body }: Seen): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(body));

describe('a role for CloudWatch', () => {
  let logs: StandIn;

  beforeEach(async () => {
    logs = await serve(() => ({ status: 200, body: '{}' }));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const drain of drains.splice(0)) await drain.close?.();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  });

  async function startSts(answerOf: (seen: Seen, n: number) => Answer | undefined): Promise<StandIn> {
    const service = await serve(answerOf);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', service.url);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', OWN_KEY);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-the-function');
    return service;
  }

  it('is assumed with the agent id as external id, and the lines go out under it', async () => {
    const service = await startSts(() => credentials('ASIAROLE000000000000', HOUR_MS));

    const outcome = await attempt(open(logs), 'CA_one');

    expect(outcome.rest).toEqual({ fate: 'delivered' });
    expect(service.seen.map(parametersOf)).toEqual([
      {
        Action: 'AssumeRole',
        Version: '2011-06-15',
        RoleArn: ROLE,
        RoleSessionName: 'log-drain-CA_one',
        ExternalId: 'CA_one',
        DurationSeconds: '3600',
      },
    ]);
    expect(service.seen[0]?.headers.authorization).toContain(`Credential=${OWN_KEY}/`);
    expect(logs.seen[0]?.headers.authorization).toContain('Credential=ASIAROLE000000000000/');
    expect(logs.seen[0]?.headers['x-amz-security-token']).toBe('token-of-ASIAROLE000000000000');
  });

  it('is assumed once for each agent while its credentials last, and again before they end', async () => {
    const service = await startSts((seen, n) =>
      credentials(`ASIA${n}`, parametersOf(seen)['ExternalId'] === 'CA_short' ? 60_000 : HOUR_MS),
    );
    const drain = open(logs);

    for (const agent of ['CA_long', 'CA_long', 'CA_short', 'CA_short']) await attempt(drain, agent);

    const agents = service.seen.map((seen) => parametersOf(seen)['ExternalId']);
    expect(agents.filter((agent) => agent === 'CA_long')).toHaveLength(1);
    expect(agents.filter((agent) => agent === 'CA_short').length).toBeGreaterThan(1);
    expect(new Set(logs.seen.map(({ headers }) => headers['x-amz-security-token'])).size).toBe(3);
  });

  const FAILURES: readonly (readonly [
    string,
    { readonly answer: Answer | undefined; readonly rest: object },
  ])[] = [
    ['its trust policy says no', { answer: fault(403, 'AccessDenied'), rest: REFUSED }],
    ['the request is not valid', { answer: fault(400, 'ValidationError'), rest: REFUSED }],
    ['the service is throttled', { answer: fault(400, 'Throttling'), rest: FAILED }],
    ['the service is down', { answer: fault(503, 'ServiceUnavailable'), rest: FAILED }],
    ['the answer has no credentials', { answer: { status: 200, body: resultOf('') }, rest: FAILED }],
    ['the connection is reset', { answer: undefined, rest: { fate: 'retry', reason: 'connection-reset' } }],
  ];

  it.each(FAILURES)('says what it means for the lines that %s', async (_, { answer, rest }) => {
    await startSts(() => answer);

    const outcome = await attempt(open(logs), 'CA_one');

    expect(outcome).toMatchObject({ accepted: [], rejected: [], rest });
    expect(outcome.answer).toMatch(/^AssumeRole: /);
    expect(logs.seen).toEqual([]);
  });

  it('is not assumed if the deployment does not name it', async () => {
    const service = await startSts(() => credentials('ASIA0', HOUR_MS));

    const outcome = await attempt(open(logs, ['arn:aws:iam::123456789012:role/other']), 'CA_one');

    expect(outcome.rest).toEqual({ fate: 'misconfigured', reason: 'role-not-assumable' });
    expect([...service.seen, ...logs.seen]).toEqual([]);
  });
});
