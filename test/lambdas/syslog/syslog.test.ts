import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import * as fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSyslog } from '../../../lambdas/syslog/destination.ts';
import { createEncoder } from '../../../lambdas/syslog/encode.ts';
import { MANIFEST } from '../../../lambdas/syslog/manifest.ts';
import { type Framing, parse, type SyslogSettings } from '../../../lambdas/syslog/settings.ts';
import { isReset } from '../../../receivers/kit/is-reset.ts';
import { createByteWriter } from '../../../shared/destination/byte-writer.ts';
import type { Line, ParsedSettings } from '../../../shared/destination/contract.ts';
import type { Network } from '../../../shared/destination/network.ts';
import type { Outcome } from '../../../shared/destination/outcome.ts';
import { LEVELS, type Level } from '../../../shared/level/words/levels.ts';
import { type Authority, createAuthority, type KeyPair } from '../../helpers/certificates.ts';

const GOLDEN = 'test/fixtures/golden';
const read = (path: string): string => readFileSync(`${GOLDEN}/${path}`, 'utf8');
const NETWORK: Network = {
  allowPrivate: 'all',
  proxyUrl: undefined,
  noProxy: undefined,
  client: 'log-drain/test',
};

interface Written {
  readonly message: string;
  readonly level?: Level;
  readonly timeMs?: number;
  readonly workerId?: string;
}

function lineOf({
  message,
  level = 'info',
  timeMs = 1_768_473_000_000,
  workerId = 'CAW_zyxw9876',
}: Written): Line {
  const text = Buffer.from(message);
  // Surrounded by other bytes, as lines are in a record.
  const bytes = Buffer.concat([Buffer.from('#01'), text, Buffer.from('2\n')]);
  const place = { bytes, start: 3, end: 3 + text.length };
  return { ...place, workerId, timeMs, originalTimeMs: undefined, stream: 'stdout', level, seq: 1 };
}

interface Encoding {
  readonly token?: string;
  readonly structuredData?: string;
  readonly framing?: Framing;
  readonly agentId?: string;
}

/** Encodes lines as one body; the sizes are what the encoder counted for each. */
function encode(
  lines: readonly Written[],
  { token, structuredData = '-', framing = 'newline', agentId = 'CA_abcd1234' }: Encoding = {},
) {
  const encoder = createEncoder({ agentId, workerId: 'CAW_zyxw9876' }, { token, structuredData, framing });
  const out = createByteWriter();
  const sizes = lines.map((line, index) => encoder.line(out, lineOf(line), index));
  return { body: out.toBuffer(), sizes };
}

/** RFC 5424 section 6 with `-` for MSGID; any line end inside MSG is a second frame to some receiver. */
const FRAME =
  /^<(0|[1-9]\d?|1[0-8]\d|19[01])>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) - (-|(?:\[[^"\]]*(?:"(?:[^"\\]|\\[^])*"[^"\]]*)*\])+) ([\s\S]*)$/;

interface Frame {
  readonly priority: number;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly process: string;
  readonly data: string;
  readonly message: string;
}

function parseFrame(text: string): Frame {
  const [, priority, time = '', host = '', app = '', process = '', data = '', message = ''] =
    FRAME.exec(text) ?? [];
  expect(priority, 'the frame is RFC 5424').toBeDefined();
  return { priority: Number(priority), time, host, app, process, data, message };
}

function newlineFrames(body: Buffer): readonly string[] {
  const frames = body.toString().split('\n');
  expect(frames.pop(), 'the last frame is ended').toBe('');
  return frames;
}

function countedFrames(body: Buffer): readonly string[] {
  const frames: string[] = [];
  for (let at = 0; at < body.length; ) {
    const [prefix = '', digits] = /^([1-9]\d*) /.exec(body.toString('latin1', at, at + 12)) ?? [];
    const from = at + prefix.length;
    at = from + Number(digits);
    expect(at, 'the length is within the body').toBeLessThanOrEqual(body.length);
    frames.push(body.toString('utf8', from, at));
  }
  return frames;
}

const framesOf = (body: Buffer, framing: Framing): readonly string[] =>
  framing === 'newline' ? newlineFrames(body) : countedFrames(body);

/** What the encoder documents as its inverse. */
const unescape = (message: string): string =>
  message.replace(/#(0[0-3][0-7]|043)/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

interface GoldenLines {
  readonly agentId: string;
  readonly workerId: string;
  readonly lines: readonly { readonly t: number; readonly level: Level; readonly message: string }[];
}

describe('the syslog encoder', () => {
  const golden: GoldenLines = JSON.parse(read('common/lines.json'));
  const goldenLines = golden.lines.map(({ t, level, message }) => ({ timeMs: t, level, message }));

  it.each([
    ['frames.txt', undefined],
    ['frames-with-token.txt', 'my-api-key'],
  ])('writes the frames of %s', (file, token) => {
    const { body, sizes } = encode(goldenLines, token === undefined ? {} : { token });

    expect(body.toString()).toBe(read(`syslog/${file}`));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(body.length);
  });

  it.each([
    ['solarwinds', 'AbCdEf0123456789AbCdEf0123456789@41058'],
    ['loggly', '8bf8cc10-4140-4c3e-a2b4-e6f5324f1aea@41058 tag="agents" tag="prod"'],
    ['betterstack', '[logtail@11993 source_token="abcDEF123" ]'],
    ['mezmo', '[logdna@48950 key="0123456789abcdef"]'],
    ['escaped', '[x@32473 v="a\\"b\\\\c\\]d é"]'],
    ['octet-counted', '[logtail@11993 source_token="abcDEF123"]'],
  ])('writes the frames of structured-data/frames-%s.txt', (file, typed) => {
    const framing = file === 'octet-counted' ? file : 'newline';
    const { structuredData } = switchedOn(settingsOf({ SYSLOG_STRUCTURED_DATA: typed }));

    const { body, sizes } = encode(goldenLines, { structuredData, framing });

    expect(body.toString()).toBe(read(`syslog/structured-data/frames-${file}.txt`));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(body.length);
  });

  it('gives each level the priority of the specification', () => {
    const severity: Record<string, { readonly pri: number }> = JSON.parse(read('syslog/severity.json'));

    const { body } = encode(LEVELS.map((level) => ({ message: 'x', level })));

    const priorities = newlineFrames(body).map((frame) => parseFrame(frame).priority);
    expect(priorities).toEqual(LEVELS.map((level) => severity[level]?.pri));
  });

  it('counts octets of the message where framing asks for it', () => {
    const { body } = encode([{ message: 'é☃' }, { message: 'b' }], { framing: 'octet-counted' });

    const frames = countedFrames(body);
    expect(frames.map((frame) => parseFrame(frame).message)).toEqual(['é☃', 'b']);
    expect(body.toString()).not.toContain('\n');
  });

  it.each([
    [
      'LF',
      'a\n<8>1 2026-01-15T10:30:00Z x y z - - forged',
      'a#012<8>1 2026-01-15T10:30:00Z x y z - - forged',
    ],
    ['CR', '50%\r60%', '50%#01560%'],
    ['NUL', 'a\0b', 'a#000b'],
    ['ESC', '\u001B[31mred', '#033[31mred'],
    ['TAB', 'a\tb', 'a\tb'],
    ['DEL, U+0085 and U+2028', 'a\u007Fb\u0085c\u2028d', 'a\u007Fb\u0085c\u2028d'],
    ['a look-alike of an escape', 'step #012 of #043', 'step #043012 of #043043'],
    ['other numbers after #', 'issue #123, #0 #01 #048 #177', 'issue #123, #0 #01 #048 #177'],
    ['the beginning of a look-alike at the end', 'step #01', 'step #01'],
    ['an empty text', '', ''],
    ['a BOM', '\uFEFFhi', '\uFEFFhi'],
    ['a lone surrogate', 'a\uD800b', 'a\uFFFDb'],
  ])('writes %s in one frame', (_, message, expected) => {
    const { body } = encode([{ message }]);

    const frames = newlineFrames(body);
    expect(frames.map((frame) => parseFrame(frame).message)).toEqual([expected]);
  });

  it('knows an answer to every hazard of the golden list', () => {
    const hazards: readonly {
      readonly message?: string;
      readonly agentId?: string;
      readonly token?: string;
    }[] = JSON.parse(read('syslog/hazards.json'));

    for (const { message = 'x', agentId = 'CA_abcd1234', token } of hazards) {
      const [frame = '', ...more] = newlineFrames(encode([{ message }], { agentId }).body);
      expect(more).toEqual([]);
      expect(unescape(parseFrame(frame).message)).toBe(Buffer.from(message).toString());
      const kind = token === undefined ? 'bad' : settingsOf({ SYSLOG_TOKEN: token }).kind;
      expect(kind).toBe('bad');
    }
  });

  it.each([']', '[x@1', '"', '<14>1', '\\', 'a]b', '-', '{"_aws":{}}', 'x'.repeat(512)])(
    'lets the token %j stand for itself, before the header',
    (token) => {
      const messages = ['plain', 'a\n<13>1 2026-01-15T10:30:00Z evil evil evil - - x', '\r\n\0\u001b[2J'];
      const { body } = encode(
        messages.map((message) => ({ message })),
        { token },
      );

      const frames = body.toString().split('\n');
      expect(parse({ SYSLOG_ENDPOINT: 'h:1', SYSLOG_TOKEN: token }).kind).toBe('on');
      expect(frames.pop()).toBe('');
      expect(frames).toHaveLength(messages.length);
      for (const frame of frames) {
        expect(frame.startsWith(`${token} <14>1 `)).toBe(true);
        expect(frame).toMatch(/^[\x20-\x7e]+$/);
      }
    },
  );

  it('cleans ids that would shift the header, and cuts them to their fields', () => {
    const { body } = encode([{ message: 'x', workerId: `ü ${'w'.repeat(200)}` }], { agentId: 'CA abc\n' });

    const { host, process } = parseFrame(newlineFrames(body)[0] ?? '');
    expect(host).toBe('CA_abc_');
    expect(process).toBe(`__${'w'.repeat(126)}`);
  });

  it('names the worker and the level of each line, also within one millisecond', () => {
    const { body } = encode([
      { message: 'x', workerId: 'CAW_a' },
      { message: 'x', workerId: 'CAW_b' },
      { message: 'x', workerId: 'CAW_b', level: 'error' },
    ]);

    const frames = newlineFrames(body).map(parseFrame);
    expect(frames.map(({ process, priority }) => [process, priority])).toEqual([
      ['CAW_a', 14],
      ['CAW_b', 14],
      ['CAW_b', 11],
    ]);
  });

  it('writes - for an empty id', () => {
    const { body } = encode([{ message: 'x', workerId: '' }], { agentId: '' });

    const { host, process } = parseFrame(newlineFrames(body)[0] ?? '');
    expect([host, process]).toEqual(['-', '-']);
  });

  it.each([
    [-1, '1970-01-01T00:00:00Z'],
    [1_768_473_000_120, '2026-01-15T10:30:00.120Z'],
    [1e15, '9999-12-31T23:59:59.999Z'],
  ])('writes the time %d as %s', (timeMs, expected) => {
    const { body } = encode([{ message: 'x', timeMs }]);

    expect(parseFrame(newlineFrames(body)[0] ?? '').time).toBe(expected);
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: fc.constantFrom('#', '0', '1', '4', '3', '7', '\n', '\0', 'é', '😀'), maxLength: 40 }),
  );
  const written = fc.record({
    message: text,
    level: fc.constantFrom(...LEVELS),
    timeMs: fc.integer({ min: 0, max: 4e12 }),
    workerId: fc.string({ unit: 'binary', maxLength: 140 }),
  });

  const data = fc.constantFrom('-', '[9f8e@41058]', '[a@1 k="v\\]w é😀"][b@2 k="" k="\\] "]');

  it.each<Framing>(['newline', 'octet-counted'])(
    'keeps any text as one %s frame that gives it back',
    (framing) => {
      fc.assert(
        fc.property(fc.array(written, { maxLength: 8 }), fc.string({ unit: 'binary' }), data, (...all) => {
          const [lines, agentId, structuredData] = all;
          const { body, sizes } = encode(lines, { framing, agentId, structuredData });

          const frames = framesOf(body, framing).map(parseFrame);
          expect(frames.map((frame) => frame.data)).toEqual(lines.map(() => structuredData));
          expect(frames.map(({ message }) => unescape(message))).toEqual(
            lines.map(({ message }) => Buffer.from(message).toString()),
          );
          expect(frames.map(({ time }) => Date.parse(time))).toEqual(lines.map(({ timeMs }) => timeMs));
          expect(frames.every(({ app }) => app === 'livekit.hosted.agents')).toBe(true);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(body.length);
        }),
      );
    },
  );

  it('gives a text back from its parts, wherever it is parted', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (parts) => {
        const { body } = encode(parts.map((message) => ({ message })));

        const joined = newlineFrames(body)
          .map((frame) => unescape(parseFrame(frame).message))
          .join('');
        expect(joined).toBe(parts.map((part) => Buffer.from(part).toString()).join(''));
      }),
    );
  });
});

function settingsOf(more: Readonly<Record<string, string>>) {
  return parse({ SYSLOG_ENDPOINT: 'logs.example.com:6514', ...more });
}

function switchedOn(parsed: ParsedSettings<SyslogSettings>): SyslogSettings {
  if (parsed.kind !== 'on') throw new Error(`settings are ${parsed.kind}`);
  return parsed.settings;
}

describe('the syslog settings', () => {
  it.each([
    ['logs.example.com:6514', 'logs.example.com', 6514],
    ['LOGS.example.com:1', 'logs.example.com', 1],
    ['192.0.2.1:65535', '192.0.2.1', 65_535],
    ['[2001:db8::1]:6514', '2001:db8::1', 6514],
  ])('reads the endpoint %s', (text, host, port) => {
    const parsed = settingsOf({ SYSLOG_ENDPOINT: text });

    expect(parsed).toMatchObject({
      kind: 'on',
      settings: { host, port, framing: 'newline', maxBytes: 8096 },
    });
    expect(openSyslog(switchedOn(parsed), NETWORK)).toMatchObject({
      endpoint: text.toLowerCase(),
      maxEventBytes: 8096,
      startsPerSecond: 10,
    });
  });

  it.each([1, 1_000])('takes %i connections a second', (connections) => {
    const parsed = settingsOf({ SYSLOG_CONNECTIONS_PER_SECOND: String(connections) });

    expect(openSyslog(switchedOn(parsed), NETWORK).startsPerSecond).toBe(connections);
  });

  it('refuses to make no connection at all', () => {
    expect(settingsOf({ SYSLOG_CONNECTIONS_PER_SECOND: '0' }).kind).toBe('bad');
  });

  it.each([
    'logs.example.com',
    'tls://logs.example.com:6514',
    'logs.example.com:6514/path',
    'user@logs.example.com:6514',
    'logs.example.com:0',
    'logs.example.com:65536',
    'logs.example.com:6514x',
    '2001:db8::1:6514',
    '[2001:db8::1]',
    '[logs.example.com]:6514',
    '-.example.com:6514',
    'two words:6514',
  ])('refuses the endpoint %s', (text) => {
    const parsed = settingsOf({ SYSLOG_ENDPOINT: text });

    expect(parsed).toMatchObject({
      kind: 'bad',
      problems: [expect.stringMatching(/^SYSLOG_ENDPOINT must be host:port/)],
    });
  });

  it.each([
    ['SYSLOG_TOKEN', 'to\u0001ken'],
    ['SYSLOG_TOKEN', 'to\nken'],
    ['SYSLOG_TOKEN', 'two words'],
    ['SYSLOG_TOKEN', 'schlüssel'],
    ['SYSLOG_TOKEN', 'x'.repeat(513)],
    ['SYSLOG_TOKEN', '9f8e7d'],
    ['SYSLOG_STRUCTURED_DATA', '[a@1 key=0123456789]'],
    ['SYSLOG_FRAMING', 'lines'],
    ['SYSLOG_MAX_BYTES', '1023'],
    ['SYSLOG_MAX_BYTES', '1048577'],
    ['SYSLOG_MAX_BYTES', '8k'],
    ['SYSLOG_CONNECTIONS_PER_SECOND', '0.5'],
    ['SYSLOG_CONNECTIONS_PER_SECOND', '1001'],
    ['SYSLOG_CONNECTIONS_PER_SECOND', 'many'],
    ['LOGS_CA', 'not a certificate'],
    ['SYSLOG_CA', 'not a certificate'],
    ['SYSLOG_CLIENT_CERT', 'not a certificate'],
    ['SYSLOG_CLIENT_KEY', 'a key without its certificate'],
    ['LOGS_MIN_LEVEL', 'loud'],
  ])('refuses %s when it is wrong, without repeating it', (name, value) => {
    const parsed = settingsOf({ [name]: value });

    expect(parsed).toMatchObject({ kind: 'bad', problems: [expect.stringMatching(new RegExp(`^${name} `))] });
    expect(JSON.stringify(parsed)).not.toContain(value);
  });

  it('names every problem at once', () => {
    const parsed = parse({ SYSLOG_MAX_BYTES: 'many', SYSLOG_FRAMING: 'lines' });

    expect(parsed).toMatchObject({
      kind: 'bad',
      problems: [
        'SYSLOG_ENDPOINT is required',
        expect.stringContaining('SYSLOG_FRAMING'),
        expect.stringContaining('SYSLOG_MAX_BYTES'),
      ],
    });
  });

  it('says of a token with a leading digit why it is refused and what to do', () => {
    const parsed = settingsOf({ SYSLOG_TOKEN: '9f8e7d' });

    const [problem = ''] = parsed.kind === 'bad' ? parsed.problems : [];
    expect(problem).toMatch(/length.*SYSLOG_FRAMING=octet-counted.*begins with a letter/);
  });

  it('takes a token with a leading digit where lengths lead the frames', () => {
    const parsed = settingsOf({ SYSLOG_TOKEN: '9f8e7d', SYSLOG_FRAMING: 'octet-counted' });

    expect(parsed).toMatchObject({ kind: 'on', settings: { token: '9f8e7d', framing: 'octet-counted' } });
  });

  it('always leaves room for a text below the smallest maximum', () => {
    const longest = { message: 'x', workerId: 'w'.repeat(128), timeMs: 1 };

    const ids = { agentId: 'a'.repeat(255), framing: 'octet-counted' } as const;
    const { structuredData } = switchedOn(settingsOf({ SYSLOG_STRUCTURED_DATA: `${'t'.repeat(502)}@41058` }));
    const withData = encode([longest], { ...ids, structuredData });
    const withToken = encode([longest], { ...ids, token: 't'.repeat(512) });

    expect(structuredData).toHaveLength(510);
    expect(Math.max(...withData.sizes, ...withToken.sizes)).toBeLessThan(1024 - 50);
  });
});

/** Reads all, and ends its side after the client has ended its own. */
function readAll(received: Buffer[]): (socket: TLSSocket) => void {
  return (socket) => {
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.on('end', () => socket.end());
  };
}

describe('the syslog connection', () => {
  let authority: Authority;
  let good: KeyPair;
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    authority = await createAuthority();
    good = await authority.issue();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  /** Listens on 127.0.0.1; connections that are left over are cut at the end of the test. */
  async function listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  function serve(onConnection: (socket: TLSSocket) => void, options: TlsOptions = {}): Promise<number> {
    const server = createServer({ ...good, allowHalfOpen: true, ...options }, (socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    });
    server.on('tlsClientError', () => {});
    return listen(server);
  }

  interface Sending {
    readonly host?: string;
    readonly body?: Buffer;
    readonly signal?: AbortSignal;
    readonly network?: Partial<Network>;
    readonly settings?: Readonly<Record<string, string>>;
    readonly closeMs?: number;
    readonly connectMs?: number;
  }

  function settingsFor(port: number, { host = '127.0.0.1', settings = {} }: Sending): SyslogSettings {
    const parsed = parse({ SYSLOG_ENDPOINT: `${host}:${port}`, LOGS_CA: authority.cert, ...settings });
    return switchedOn(parsed);
  }

  function send(port: number, sending: Sending = {}): Promise<Outcome> {
    const { body = Buffer.from('<14>1 - - - - - - x\n'), signal = AbortSignal.timeout(20_000) } = sending;
    const waits = { connectMs: sending.connectMs ?? 20_000, closeMs: sending.closeMs ?? 20_000 };
    const drain = openSyslog(settingsFor(port, sending), { ...NETWORK, ...sending.network }, waits);
    const lent = Buffer.from(body);
    const sendPrepared = drain.prepare({
      agentId: 'CA_x',
      workerId: 'CAW_y',
      body: lent,
      events: 1,
      nowMs: 0,
    });
    // As the engine does, which writes its next request there.
    lent.fill('?');
    return sendPrepared(signal);
  }

  const LARGE = Buffer.alloc(8 * 1024 * 1024, 'abcdefg\n');

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'delivers all bytes to a peer that reads all over %s',
    async (version) => {
      const received: Buffer[] = [];
      const port = await serve(readAll(received), { minVersion: version, maxVersion: version });

      const result = await send(port, { body: LARGE });

      expect(result).toEqual({ accepted: [], rejected: [], rest: { fate: 'delivered' } });
      expect(Buffer.concat(received).equals(LARGE)).toBe(true);
    },
  );

  it('makes a connection for each request and names the host', async () => {
    const names: (string | false | null)[] = [];
    const port = await serve((socket) => {
      names.push(socket.servername);
      readAll([])(socket);
    });

    const results = [await send(port, { host: 'localhost' }), await send(port), await send(port)];

    expect(results.map(({ rest }) => rest.fate)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(names).toEqual(['localhost', false, false]);
  });

  it('takes no notice of what a peer says', async () => {
    const port = await serve((socket) => {
      socket.write('220 welcome\r\n'.repeat(10_000));
      readAll([])(socket);
    });

    const result = await send(port);

    expect(result).toEqual({ accepted: [], rejected: [], rest: { fate: 'delivered' } });
  });

  it('counts lines as unconfirmed when the peer stays silent after our end', async () => {
    const port = await serve((socket) => void socket.resume());

    const result = await send(port, { closeMs: 50 });

    expect(result).toMatchObject({ rest: { fate: 'delivered' }, unconfirmed: true });
  });

  it.each([
    ['during the handshake', 'connection'],
    ['in the middle', 'data'],
    ['instead of its end', 'end'],
  ] as const)('tries again after a peer that resets %s', async (_, moment) => {
    const server = createServer({ ...good, allowHalfOpen: true });
    server.on('connection', (raw: Socket) => {
      const reset = (): void => void raw.resetAndDestroy();
      if (moment === 'connection') reset();
      else
        server.once('secureConnection', (socket) =>
          socket
            .on('error', () => {})
            .resume()
            .once(moment, reset),
        );
    });
    server.on('tlsClientError', () => {});
    const port = await listen(server);

    const result = await send(port);

    expect(result.rest).toEqual({ fate: 'retry', reason: 'connection-reset' });
  });

  it('tries again after a peer that reads a part and closes with the rest unread', async () => {
    const port = await serve((socket) => void socket.once('data', () => socket.destroy()));

    const result = await send(port, { body: LARGE });

    expect(result.rest).toMatchObject({ fate: 'retry' });
  });

  it('tries again after a peer that ends its side before all was written', async () => {
    const port = await serve((socket) => void socket.once('data', () => socket.pause().end()));

    const result = await send(port, { body: LARGE });

    expect(result.rest).toEqual({ fate: 'retry', reason: 'closed-early' });
  });

  it('tries again after a peer that ends its side at once', async () => {
    const port = await serve((socket) => void socket.end());

    const result = await send(port, { body: LARGE });

    expect(result.rest.fate).toBe('retry');
  });

  it('stops at the time limit of the attempt when the peer reads no further', async () => {
    const limit = new AbortController();
    const port = await serve((socket) => {
      socket.once('readable', () => limit.abort());
    });

    const result = await send(port, { body: LARGE, signal: limit.signal });

    expect(result.rest).toEqual({ fate: 'retry', reason: 'timeout' });
  });

  /** Serves a peer that reads when it is told to; how its connection then ends, and after what. */
  async function serveLater() {
    let raw: Socket | undefined;
    let readOn = (): void => {};
    const limit = new AbortController();
    const received: Buffer[] = [];
    const server = createServer({ ...good, allowHalfOpen: true });
    server.on('connection', (socket: Socket) => {
      raw = socket.on('error', () => {});
    });
    const ending = new Promise<'ended' | 'reset'>((resolve) => {
      server.on('secureConnection', (socket) => {
        socket.once('readable', () => limit.abort()).on('error', () => resolve('reset'));
        socket.once('end', () => {
          if (raw !== undefined) void isReset(raw).then((was) => resolve(was ? 'reset' : 'ended'));
        });
        readOn = () => socket.on('data', (chunk: Buffer) => received.push(chunk)).resume();
      });
    });
    return { port: await listen(server), limit, received, ending, readOn: () => readOn() };
  }

  it('resets a connection that it gives up, so that no peer takes what has come for all there is', async () => {
    const peer = await serveLater();

    const result = await send(peer.port, { body: LARGE, signal: peer.limit.signal });
    peer.readOn();

    expect(result.rest).toEqual({ fate: 'retry', reason: 'timeout' });
    expect(await peer.ending).toBe('reset');
  });

  it('leaves a peer that stays silent all that it was given', async () => {
    const peer = await serveLater();
    const body = LARGE.subarray(0, 64 * 1024);

    const result = await send(peer.port, { body, closeMs: 50 });
    peer.readOn();

    expect(result).toMatchObject({ rest: { fate: 'delivered' }, unconfirmed: true });
    expect(await peer.ending).toBe('ended');
    expect(Buffer.concat(peer.received).equals(body)).toBe(true);
  });

  it('does not begin when the time limit has passed', async () => {
    const port = await serve(() => {});

    const result = await send(port, { signal: AbortSignal.abort() });

    expect(result.rest).toEqual({ fate: 'retry', reason: 'timeout' });
  });

  it('tries again when no handshake comes in time', async () => {
    const port = await listen(createTcpServer());

    const result = await send(port, { connectMs: 50 });

    expect(result.rest).toEqual({ fate: 'retry', reason: 'connect-timeout' });
  });

  it('tries again when nothing listens', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));

    const result = await send(port);

    expect(result.rest).toEqual({ fate: 'retry', reason: 'connection-refused' });
  });

  it('refuses a certificate that has expired', async () => {
    const port = await serve(readAll([]), await authority.issue({ days: -1 }));

    const result = await send(port);

    expect(result.rest).toEqual({ fate: 'misconfigured', reason: 'tls-certificate' });
  });

  it('refuses a certificate for another name', async () => {
    const port = await serve(readAll([]), await authority.issue({ names: ['DNS:logs.example.com'] }));

    const results = [await send(port), await send(port, { host: 'localhost' })];

    expect(results.map(({ rest }) => rest)).toEqual([
      { fate: 'misconfigured', reason: 'tls-name' },
      { fate: 'misconfigured', reason: 'tls-name' },
    ]);
  });

  it('refuses a certificate of an unknown authority', async () => {
    const other = await createAuthority();
    const port = await serve(readAll([]));

    const result = await send(port, { settings: { LOGS_CA: other.cert } });

    expect(result.rest).toEqual({ fate: 'misconfigured', reason: 'tls-certificate' });
  });

  it('trusts the authority of SYSLOG_CA, also on one line', async () => {
    const port = await serve(readAll([]));

    const result = await send(port, {
      settings: { LOGS_CA: '', SYSLOG_CA: authority.cert.replaceAll('\n', '\\n') },
    });

    expect(result.rest.fate).toBe('delivered');
  });

  it('refuses a receiver that speaks no more than TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const port = await serve(readAll([]), old);

    const result = await send(port);

    expect(result.rest).toEqual({ fate: 'misconfigured', reason: 'tls-protocol' });
  });

  it('refuses a receiver that does not speak TLS', async () => {
    const port = await listen(createTcpServer((socket) => void socket.end('220 plain text\r\n')));

    const result = await send(port);

    expect(result.rest).toEqual({ fate: 'misconfigured', reason: 'tls-protocol' });
  });

  describe('with a receiver that asks for a client certificate', () => {
    let asking: TlsOptions;

    beforeAll(() => {
      asking = { requestCert: true, rejectUnauthorized: true, ca: authority.cert };
    });

    it.each([
      ['TLSv1.2', /^tls-/],
      ['TLSv1.3', /^tls-client-certificate$/],
    ] as const)('refuses over %s without one', async (version, reason) => {
      const received: Buffer[] = [];
      const port = await serve(readAll(received), { ...asking, minVersion: version, maxVersion: version });

      const result = await send(port);

      expect(result.rest).toEqual({ fate: 'misconfigured', reason: expect.stringMatching(reason) });
      expect(received).toEqual([]);
    });

    it('delivers with the one of the settings', async () => {
      const received: Buffer[] = [];
      const { cert, key } = await authority.issue({ names: ['DNS:client'] });
      const port = await serve(readAll(received), asking);

      const result = await send(port, { settings: { SYSLOG_CLIENT_CERT: cert, SYSLOG_CLIENT_KEY: key } });

      expect(result.rest.fate).toBe('delivered');
      expect(Buffer.concat(received).toString()).toBe('<14>1 - - - - - - x\n');
    });

    it('refuses settings whose key is another certificate’s', async () => {
      const [{ cert }, { key }] = await Promise.all([authority.issue(), authority.issue()]);

      const parsed = settingsOf({ SYSLOG_CLIENT_CERT: cert, SYSLOG_CLIENT_KEY: key });

      expect(parsed).toMatchObject({
        kind: 'bad',
        problems: [expect.stringMatching(/^SYSLOG_CLIENT_KEY must be/)],
      });
    });
  });

  it.each(['127.0.0.1', 'localhost'])(
    'does not connect to the private address of %s unless it may',
    async (host) => {
      let connections = 0;
      const server = createTcpServer(() => {
        connections += 1;
      });
      const port = await listen(server);

      const result = await send(port, { host, network: { allowPrivate: undefined } });

      expect(result.rest).toEqual({ fate: 'misconfigured', reason: 'address-not-allowed' });
      const ours = connectTcp(port, '127.0.0.1');
      await once(server, 'connection');
      ours.destroy();
      expect(connections).toBe(1);
    },
  );
});

describe('the syslog manifest', () => {
  it('lists the settings of the specification, the required one first', () => {
    const names = MANIFEST.settings.map(({ name, required }) => [name, required]);

    expect(names.slice(0, 3)).toEqual([
      ['SYSLOG_ENDPOINT', true],
      ['SYSLOG_TOKEN', false],
      ['SYSLOG_STRUCTURED_DATA', false],
    ]);
  });
});
