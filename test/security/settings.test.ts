import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { startServer, type TestServer } from '../helpers/http-server.ts';
import { CLOSED_NETWORK, OVER_HTTP, REACHED, type Reached } from './reach.ts';

/** Values that would be more than a value in a header, in JSON, in a URL or on a terminal. */
const HOSTILE = [
  'tok\r\nX-Injected: 1',
  'tok\nX-Injected: 1',
  'tok\r\n\r\nPOST / HTTP/1.1',
  'tok\0en',
  'tok\ten',
  'tok en',
  'tok\u001b[2J',
  'tok\u009b2J',
  'tök',
  '\u0442\u043e\u043a\u0435\u043d',
  'tok\u200ben',
  'tok\u2028en',
  'tok\ud800',
];
/** Printable, and still of meaning to somebody. */
const PRINTABLE = [
  'tok"en',
  'tok\\',
  '"},{"x":"',
  'tok,X=1',
  'tok;x',
  '%0d%0aX:1',
  '${jndi:x}',
  '<script>',
  'tok]',
  '__proto__',
];

const OPEN = { ...CLOSED_NETWORK, allowPrivate: 'all' } as const;
const byId = (id: string): Reached => {
  const found = REACHED.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no destination ${id}`);
  return found;
};

describe.each(REACHED.flatMap(({ id, hostile }) => hostile.headers.map((name) => [id, name] as const)))(
  '%s: %s, which goes into a header',
  (id, name) => {
    it.each(HOSTILE)('is refused as %j, in words that name it and do not repeat it', (value) => {
      const { at, parse } = byId(id);

      const parsed = parse({ ...at('https', 'example.com:6514'), [name]: value });

      const problems = parsed.kind === 'bad' ? parsed.problems : [];
      expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} must be [\\x20-\\x7e…]+$`))]);
      expect(problems.join()).not.toMatch(/tok|POST|Injected/);
    });
  },
);

describe.each(OVER_HTTP)('$id: whatever is accepted', ({ id, at, attempt, hostile }) => {
  const names = MANIFESTS.find((manifest) => manifest.id === id)?.settings.map(({ name }) => name) ?? [];
  const good = (port: number) => at('http', `127.0.0.1:${port}`);
  let server: TestServer;
  let headers: readonly string[];
  beforeAll(async () => {
    server = await startServer();
    await attempt(good(server.port), OPEN);
    headers = Object.keys(server.received[0]?.headers ?? {});
  });
  afterAll(() => server.close());

  it('is sent as one request with the headers of any other', async () => {
    const others = names.filter((name) => !/URL|DSN/.test(name));
    expect(headers).toContain('host');
    for (const name of others) {
      for (const value of [...HOSTILE, ...PRINTABLE]) {
        const before = server.received.length;
        const rest = await attempt({ ...good(server.port), [name]: value }, OPEN);
        const requests = server.received.slice(before);

        expect(requests).toHaveLength(rest.fate === 'unusable' ? 0 : 1);
        // A temporary AWS key brings its token along.
        for (const { headers: sent } of requests) {
          expect(Object.keys(sent).filter((header) => header !== 'x-amz-security-token')).toEqual(headers);
          expect(Object.values(sent).join('')).toMatch(/^[\x20-\x7e]+$/);
        }
        for (const { body } of requests) for (const line of body.trimEnd().split('\n')) void JSON.parse(line);
      }
    }
  });

  const PATHS = [
    '/',
    '/a/b/',
    '/../..',
    '/%2e%2e/%2e%2e/x',
    '//evil.example/',
    '/;@evil.example/',
    '/%0d%0aX-Injected:%201',
    '/a b',
    '/a\r\nX-Injected: 1',
    '\\@evil.example/',
    '/\ud83d\ude00',
  ];
  it.each(PATHS)('reaches the host that was named, with the path %j', async (path) => {
    const before = server.received.length;
    const host = `127.0.0.1:${server.port}`;
    const raw = Object.fromEntries(
      Object.entries(good(server.port)).map(([name, value]) => [
        name,
        value.includes('://') ? value.replace(host, host + path) : value,
      ]),
    );

    const rest = await attempt(raw, OPEN);

    const requests = server.received.slice(before);
    expect(requests).toHaveLength(rest.fate === 'unusable' ? 0 : 1);
    for (const request of requests) {
      expect(request.headers.host).toBe(host);
      expect(Object.keys(request.headers)).toEqual(headers);
      expect(request.path).toMatch(/^\/[\x21-\x7e]*$/);
      expect(request.path).toMatch(hostile.path ?? 'a path');
    }
  });
});

describe.each(REACHED.flatMap(({ id, hostile: { url } }) => (url === undefined ? [] : [[id, url] as const])))(
  '%s: %s',
  (id, name) => {
    it.each([
      'javascript:alert(1)',
      'data:text/plain,x',
      'file:///etc/passwd',
      'ftp://example.com/',
      'ws://example.com/',
      'unix:/run/docker.sock',
      'http+unix://%2Frun%2Fdocker.sock/',
      '//example.com/',
      'example.com:443',
      'https://',
      'https://example.com:99999/',
      'https://exa mple.com/',
      'https://example.com\0/',
      'https://%00/',
      'https://[::1',
      'https://user@example.com/',
      'https://user:pass-in-url@example.com/',
      'https://:pass-in-url@example.com/',
      'https://example.com@evil.example/',
      'https://example.com/?api_key=pass-in-url',
      'https://example.com/#pass-in-url',
    ])('is refused as %j, and not repeated', (url) => {
      const { at, parse } = byId(id);

      const parsed = parse({ ...at('https', 'example.com'), [name]: url });

      expect(parsed).toEqual({ kind: 'bad', problems: [expect.stringMatching(`^${name} must be a URL `)] });
      expect(JSON.stringify(parsed)).not.toContain('pass-in-url');
    });
  },
);

describe('sentry: SENTRY_DSN', () => {
  it.each([
    'javascript:key@example.com/42',
    'file://key@example.com/42',
    'https://example.com/42',
    'https://key@example.com/',
    'https://key@example.com/..',
    'https://key@example.com/../..',
    'https://key@example.com/42/..',
    'https://key@example.com/42/',
    'https://key@example.com/4x2',
    'https://key@example.com:port/../..',
    'https://k%0d%0aey@example.com/42',
    'https://k,sentry_secret=x@example.com/42',
    'https://key@evil.example@example.com/42',
    'https://k\u00e9y@example.com/42',
    'https://key@exa mple.com/42',
  ])('is refused as %j, and not repeated', (dsn) => {
    const parsed = byId('sentry').parse({ SENTRY_DSN: dsn });

    expect(parsed).toEqual({
      kind: 'bad',
      problems: [expect.stringMatching(/^SENTRY_DSN must be a DSN like /)],
    });
  });

  it('is used without its secret, query and fragment', () => {
    const parsed = byId('sentry').parse({
      SENTRY_DSN: 'https://key:pass-in-url@example.com/x/42?pass-in-url#pass-in-url',
    });

    expect(parsed).toMatchObject({
      kind: 'on',
      settings: { publicKey: 'key', envelopeUrl: 'https://example.com/x/api/42/envelope/' },
    });
    expect(JSON.stringify(parsed)).not.toContain('pass-in-url');
  });
});

describe('syslog: SYSLOG_ENDPOINT', () => {
  it.each([
    'https://example.com:6514',
    'user@example.com:6514',
    'example.com/x:6514',
    'example.com',
    'example.com:0',
    'example.com:65536',
    'example.com:6514\r\nx',
    'exam\nple.com:6514',
    'example.com\0:6514',
    'exam ple.com:6514',
    'example.com:\uff16\uff15\uff11\uff14',
    '\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54:6514',
    '[example.com]:6514',
    '[::1%lo]:6514',
    '[::1',
    '-x:6514',
    `${'a'.repeat(254)}:6514`,
  ])('is refused as %j', (endpoint) => {
    expect(byId('syslog').parse({ SYSLOG_ENDPOINT: endpoint })).toEqual({
      kind: 'bad',
      problems: [expect.stringMatching(/^SYSLOG_ENDPOINT must be host:port, /)],
    });
  });
});

describe('splunk: what goes with every line', () => {
  it.each(['SPLUNK_INDEX', 'SPLUNK_SOURCE', 'SPLUNK_SOURCETYPE'])('%s is short, and one line', (name) => {
    const { at, parse } = byId('splunk');
    for (const value of ['x'.repeat(257), 'a\nb', 'a\0b', 'a\u001b[2Jb']) {
      expect(parse({ ...at('https', 'example.com'), [name]: value })).toEqual({
        kind: 'bad',
        problems: [`${name} must be at most 256 characters, without control characters`],
      });
    }
  });
});
