import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer as createTcp } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../receivers/kit/certificate.ts';
import type { FaultRule } from '../../../receivers/kit/faults.ts';
import { portOf } from '../../../receivers/kit/port.ts';
import { framesOf } from '../../../receivers/syslog/frames.ts';
import { type SyslogOptions, startSyslog } from '../../../receivers/syslog/receiver.ts';
import { type Bench, bench, golden } from '../raw-http.ts';

const HEAD = '<14>1 2026-01-15T10:30:00Z CA_x livekit.hosted.agents w - - ';

/** How a connection ended for its client. */
type End = 'ended' | 'reset' | 'refused';

function optionsOf({ setting }: Bench, more: ConnectionOptions): ConnectionOptions {
  const [host = '', port = ''] = setting('SYSLOG_ENDPOINT').split(':');
  return { host, port: Number(port), ca: setting('LOGS_CA'), ...more };
}

function send(to: Bench, bytes: string | Buffer, more: ConnectionOptions = {}): Promise<End> {
  return new Promise((resolve) => {
    let ended = false;
    const socket = connect(optionsOf(to, more), () => socket.end(bytes));
    socket.on('end', () => {
      ended = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNRESET' ? 'reset' : 'refused'),
    );
    socket.on('close', () => resolve(ended ? 'ended' : 'reset'));
    socket.resume();
  });
}

describe('the syslog receiver', () => {
  let syslog: Bench | undefined;
  afterEach(() => syslog?.receiver.close());

  async function start(options?: SyslogOptions): Promise<Bench> {
    syslog = await bench((onAccepted) => startSyslog(onAccepted, options));
    return syslog;
  }

  it('accepts the golden frames and ends its side', async () => {
    const to = await start();
    const frames = golden('syslog/frames.txt');

    const end = await send(to, frames);

    expect(end).toBe('ended');
    expect(to.accepted.map(({ event }) => event)).toEqual(frames.trimEnd().split('\n'));
    expect(to.accepted[2]).toMatchObject({
      agent: 'CA_abcd1234',
      worker: 'CAW_zyxw9876',
      stream: undefined,
      text: 'héllo ☃ 😀 tab\there "quoted" back\\slash',
      timeMs: 1_768_473_000_123,
      request: 0,
    });
    expect(to.receiver.violations).toEqual([]);
    expect(to.receiver.requests()).toBe(1);
  });

  it('asks for the token before each message', async () => {
    const to = await start({ token: 'my-api-key' });

    await send(to, golden('syslog/frames-with-token.txt'));
    await send(to, golden('syslog/frames.txt'));

    expect(to.setting('SYSLOG_TOKEN')).toBe('my-api-key');
    expect(to.accepted.map(({ text }) => text)[0]).toBe('hello world');
    expect(to.accepted).toHaveLength(3);
    expect(to.receiver.violations).toEqual(Array(3).fill('a frame does not begin with the token'));
    expect(JSON.stringify(to.accepted)).not.toContain('my-api-key');
  });

  const DATA = '[logtail@11993 source_token="abcDEF123"]';

  it.each([
    ['betterstack', DATA],
    ['mezmo', '[logdna@48950 key="0123456789abcdef"]'],
    ['solarwinds', '[AbCdEf0123456789AbCdEf0123456789@41058]'],
    ['loggly', '[8bf8cc10-4140-4c3e-a2b4-e6f5324f1aea@41058 tag="agents" tag="prod"]'],
    ['escaped', '[x@32473 v="a\\"b\\\\c\\]d é"]'],
    ['octet-counted', DATA],
  ])('asks for structured data in each message: %s, and shows none of it', async (file, structuredData) => {
    const framing = file === 'octet-counted' ? file : 'newline';
    const to = await start({ structuredData, framing });

    await send(to, golden(`syslog/structured-data/frames-${file}.txt`));

    expect(to.setting('SYSLOG_STRUCTURED_DATA')).toBe(structuredData);
    expect(to.receiver.violations).toEqual([]);
    expect(to.accepted.map(({ event }) => String(event).replace(' - *** ', ' - - '))).toEqual(
      golden('syslog/frames.txt').trimEnd().split('\n'),
    );
  });

  it.each([
    ['-', 'does not have'],
    ['[logtail@11993 source_token="another"]', 'does not have'],
    ['[logtail@11993]', 'does not have'],
    ['[x@11993 source_token="abcDEF123"]', 'does not have'],
    [`${DATA}[x@1]`, 'does not have'],
    [`${DATA}${DATA}`, 'two elements of the same ID'],
    [`${DATA} ${DATA}`, undefined],
    ['[logtail@11993 source_token="abc\\DEF123"]', 'does not have'],
    ['[logtail@11993  source_token="abcDEF123"]', 'not a message'],
    ['[logtail@11993 source_token="abcDEF123" ]', 'not a message'],
    ['[logtail@11993 source_token=abcDEF123]', 'not a message'],
    ['[logtail@11993 source_token="abc]DEF123"]', 'not a message'],
    ['[]', 'not a message'],
  ])('reads the structured data %s as a service that compares what it says', async (data, wrong) => {
    const to = await start({ structuredData: DATA });

    await send(to, `${HEAD.replace('- - ', `- ${data} `)}m\n`);

    const words = to.receiver.violations.join();
    if (wrong === undefined)
      expect([words, to.accepted.map(({ text }) => text)]).toEqual(['', [`${DATA} m`]]);
    else expect([words, to.accepted]).toEqual([expect.stringContaining(wrong), []]);
    expect(words).not.toContain('abc');
  });

  it('takes a value that is escaped in another way for the same', async () => {
    const to = await start({ structuredData: '[a@1 k="C:\\dir"]' });

    await send(to, `${HEAD.replace('- - ', '- [a@1 k="C:\\\\dir"] ')}m\n`);

    expect([to.receiver.violations, to.accepted.length]).toEqual([[], 1]);
  });

  it.each([
    ['no space before an empty message', `${HEAD.trimEnd()}\n`, ''],
    ['an empty message', `${HEAD}\n`, ''],
    ['a tab', `${HEAD}\tm\n`, '\tm'],
    ['an offset and microseconds', `${HEAD.replace('00Z', '00.123456+01:00')}m\n`, 'm'],
    [
      'fields of the greatest length',
      `<8>1 2026-01-15T10:30:00Z ${'h'.repeat(255)} ${'a'.repeat(48)} ${'p'.repeat(128)} - - m\n`,
      'm',
    ],
  ])('takes %s', async (_, frame, text) => {
    const to = await start();

    await send(to, frame);

    expect(to.accepted.map((event) => event.text)).toEqual([text]);
    expect(to.receiver.violations).toEqual([]);
  });

  it.each([
    ['another facility', HEAD.replace('<14>', '<16>')],
    ['a priority with a zero in front', HEAD.replace('<14>', '<014>')],
    ['another version', HEAD.replace('>1 ', '>2 ')],
    ['a small t', HEAD.replace('T10', 't10')],
    ['seven digits after the second', HEAD.replace('00Z', '00.1234567Z')],
    ['month 13', HEAD.replace('-01-', '-13-')],
    ['a host name of 256 characters', HEAD.replace('CA_x', 'h'.repeat(256))],
    ['an application name of 49 characters', HEAD.replace('livekit.hosted.agents', 'a'.repeat(49))],
    ['a process of 129 characters', HEAD.replace(' w ', ` ${'p'.repeat(129)} `)],
    ['a host name with other letters', HEAD.replace('CA_x', 'CÄ_x')],
    ['two spaces', HEAD.replace(' w ', '  w ')],
    ['structured data that is not asked for', HEAD.replace('- - ', '- [a b="c"] ')],
    ['a carriage return', `${HEAD}a\rb`],
    ['a NUL', `${HEAD}a\0b`],
    ['an escape', `${HEAD}\u001b[0m`],
    ['a digit in front', `9 ${HEAD}`],
    ['no header', 'second half of a line'],
    ['a frame of 8097 bytes', `${HEAD}${'m'.repeat(8096 - HEAD.length)}`],
  ])('does not take a frame with %s, but the one after it', async (_, frame) => {
    const to = await start();

    const end = await send(to, `${frame}m\n${HEAD}good\n`.replace(/mm\n/, 'm\n'));

    expect(end).toBe('ended');
    expect(to.accepted.map(({ text }) => text)).toEqual(['good']);
    expect(to.receiver.violations).toHaveLength(1);
  });

  it('does not take a frame that is not UTF-8', async () => {
    const to = await start();

    await send(to, Buffer.from(`${HEAD}\xff\n`, 'latin1'));

    expect(to.accepted).toEqual([]);
    expect(to.receiver.violations).toEqual(['a frame is not UTF-8']);
  });

  it('takes a frame of just 8096 bytes with its LF', async () => {
    const to = await start();

    await send(to, `${HEAD}${'m'.repeat(8095 - HEAD.length)}\n`);

    expect(to.accepted).toHaveLength(1);
    expect(to.receiver.violations).toEqual([]);
  });

  it('takes nothing of a connection that ends within a frame', async () => {
    const to = await start();

    const end = await send(to, `${HEAD}whole\n${HEAD}half`);

    expect(end).toBe('reset');
    expect(to.accepted).toEqual([]);
    expect(to.receiver.violations).toEqual(['a connection ends within a frame']);
  });

  it('takes nothing of a connection that is reset', async () => {
    const to = await start();
    const upstream = connectTcp(Number(optionsOf(to, {}).port), '127.0.0.1');
    const between = createTcp((down) => {
      down.on('error', () => undefined);
      down.pipe(upstream).pipe(down);
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    const socket = connect({ ...optionsOf(to, {}), port: portOf(between) });
    socket.on('error', () => undefined);
    socket.write(`${HEAD}m\n`);
    await expect.poll(() => to.receiver.requests()).toBe(1);

    upstream.resetAndDestroy();
    const end = await send(to, `${HEAD}other\n`);
    socket.destroy();
    between.close();

    expect(end).toBe('ended');
    expect(to.accepted.map(({ text }) => text)).toEqual(['other']);
  });

  it('reads frames by their length where told so', async () => {
    const to = await start({ framing: 'octet-counted' });
    const message = `${HEAD}☃ 5`;
    const counted = `${Buffer.byteLength(message)} ${message}`;

    await send(to, counted + counted);
    const short = await send(to, `${counted}99 ${message}`);
    const none = await send(to, `${message}\n`);

    expect(to.setting('SYSLOG_FRAMING')).toBe('octet-counted');
    expect(to.accepted.map(({ event }) => event)).toEqual([message, message]);
    expect([short, none]).toEqual(['reset', 'reset']);
    expect(to.receiver.violations).toHaveLength(2);
  });

  it('splits any frames as they were joined', () => {
    const message = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        const plain = messages.map((text) => Buffer.from(text.replaceAll('\n', '')));
        const lines = Buffer.concat(plain.flatMap((bytes) => [bytes, Buffer.from('\n')]));
        const filled = plain.filter(({ length }) => length > 0);
        const counted = Buffer.concat(filled.flatMap((bytes) => [Buffer.from(`${bytes.length} `), bytes]));

        expect(framesOf(lines, 'newline')).toEqual({ frames: plain, complete: true });
        expect(framesOf(counted, 'octet-counted')).toEqual({ frames: filled, complete: true });
      }),
    );
  });

  it('has a certificate for 127.0.0.1 and localhost from an authority of its own', async () => {
    const to = await start();
    const { setting } = await start();

    const byName = await send(to, `${HEAD}m\n`, { servername: 'localhost' });
    const stranger = await send(to, `${HEAD}m\n`, { ca: setting('LOGS_CA') });
    const otherName = await send(to, `${HEAD}m\n`, { servername: 'example.com' });
    const oldTls = await send(to, `${HEAD}m\n`, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' });
    const tls12 = await send(to, `${HEAD}m\n`, { maxVersion: 'TLSv1.2' });
    await to.receiver.close();

    expect([byName, stranger, otherName, oldTls, tls12]).toEqual([
      'ended',
      'refused',
      'refused',
      'refused',
      'ended',
    ]);
    expect(to.accepted).toHaveLength(2);
  });

  it('asks for a certificate of the client where told so', async () => {
    const to = await start({ clientCertificate: true });
    const client = { cert: to.setting('SYSLOG_CLIENT_CERT'), key: to.setting('SYSLOG_CLIENT_KEY') };

    const [known, unknown] = [await send(to, `${HEAD}a\n`, client), await send(to, `${HEAD}b\n`)];

    expect([known, unknown]).toEqual(['ended', expect.stringMatching(/reset|refused/)]);
    expect(to.accepted.map(({ text }) => text)).toEqual(['a']);
  });

  it.each<[string, FaultRule, number]>([
    ['before', { kind: 'reset', when: 'before' }, 0],
    ['after', { kind: 'reset', when: 'after' }, 1],
    ['before, in place of a status,', { kind: 'status', status: 503 }, 0],
    ['after, in place of a status,', { kind: 'accept-then-status', status: 503 }, 1],
  ])('can reset a connection %s its frames are taken', async (_, fault, accepted) => {
    const to = await start();
    to.receiver.faults.set([fault]);

    const [bad, good] = [await send(to, `${HEAD}m\n`), await send(to, `${HEAD}m\n`)];

    expect([bad, good]).toEqual(['reset', 'ended']);
    expect(to.accepted).toHaveLength(accepted + 1);
  });

  it('can be slow to end its side', async () => {
    const to = await start();
    to.receiver.faults.set([{ kind: 'delay', ms: 20 }]);

    expect(await send(to, `${HEAD}m\n`)).toBe('ended');
    expect(to.accepted).toHaveLength(1);
  });

  it('can stop reading, and be closed all the same', async () => {
    const to = await start();
    to.receiver.faults.set([{ kind: 'hang' }]);
    const end = send(to, `${HEAD}m\n`);
    await expect.poll(() => to.receiver.requests()).toBe(1);

    await to.receiver.close();

    expect(await end).not.toBe('refused');
    expect(to.accepted).toEqual([]);
  });
});

describe('an authority of our own', () => {
  it('signs certificates that name their issuer, one authority and two leaves', () => {
    const authority = createAuthority();
    const root = new X509Certificate(authority.cert);
    const leaf = new X509Certificate(authority.issueServer().cert);
    const client = new X509Certificate(authority.issueClient().cert);

    expect([root.ca, leaf.ca, client.ca]).toEqual([true, false, false]);
    expect([leaf, client].map((one) => one.checkIssued(root) && one.verify(root.publicKey))).toEqual([
      true,
      true,
    ]);
    expect([leaf.checkIP('127.0.0.1'), leaf.checkHost('localhost')]).toEqual(['127.0.0.1', 'localhost']);
    expect(client.subjectAltName).toBeUndefined();
    expect(new Set([root, leaf, client].map(({ serialNumber }) => serialNumber)).size).toBe(3);
  });
});
