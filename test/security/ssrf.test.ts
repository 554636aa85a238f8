import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECEIVERS } from '../../receivers/receivers.ts';
import type { Network } from '../../shared/destination/network.ts';
import { createAuthority } from '../helpers/certificates.ts';
import { plainAnswer, startServer, type TestServer } from '../helpers/http-server.ts';
import { closeServer, listen } from '../helpers/listen.ts';
import { CLOSED_NETWORK, namesOf, OVER_HTTP, REACHED, startTrap } from './reach.ts';

const REFUSED = { fate: 'misconfigured', reason: 'address-not-allowed' };

/** Ways to write an address of this machine or of its link, where metadata services live. */
const LOCAL = [
  '127.0.0.1',
  '127.8.9.10',
  '0.0.0.0',
  '169.254.169.254',
  '169.254.170.2',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '127.1',
  '0',
  'localhost',
  'LOCALHOST',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  'loopback.example',
  'metadata.example',
  'mapped.example',
  'both.example',
  'loopback.example.',
];

/** Private and reserved ones, which an operator may open. */
const PRIVATE = [
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '0xa000001',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::ffff:10.0.0.1]',
  '[64:ff9b::10.0.0.1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[ff02::1]',
  'inside.example',
];

const NAMES = {
  'loopback.example': ['127.0.0.1'],
  'loopback.example.': ['127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'both.example': ['::1,127.0.0.1'],
  'inside.example': ['10.0.0.1'],
};

/** As wide as a list can be; the deployment takes no prefix of 0. */
const WIDE = ['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1'];

describe.each(REACHED)('$id', ({ id, at, attempt }) => {
  let trap: Awaited<ReturnType<typeof startTrap>>;
  beforeAll(async () => {
    trap = await startTrap();
  });
  afterAll(() => trap.close());

  function attemptAt(host: string, network: Partial<Network>) {
    const { lookup } = namesOf(NAMES);
    return attempt(at('https', `${host}:${trap.port}`), { ...CLOSED_NETWORK, lookup, ...network });
  }

  it('reaches this machine where all is allowed, so that what follows means something', async () => {
    for (const host of ['127.0.0.1', '2130706433', 'localhost', 'loopback.example']) {
      const before = trap.connections();
      expect(await attemptAt(host, { allowPrivate: 'all' })).toMatchObject({ fate: 'retry' });
      expect(trap.connections()).toBeGreaterThan(before);
    }
  });

  it.each([...LOCAL, ...PRIVATE])('is refused %s, and connects to nothing', async (host) => {
    const before = trap.connections();

    expect(await attemptAt(host, {})).toEqual(REFUSED);
    expect(trap.connections()).toBe(before);
  });

  it.each(LOCAL)('is refused %s whatever networks the operator opens', async (host) => {
    const before = trap.connections();

    expect(await attemptAt(host, { allowPrivate: WIDE })).toEqual(REFUSED);
    expect(trap.connections()).toBe(before);
  });

  it.each(['[::1%25lo]', '[fe80::1%eth0]', '[::1%lo]', '127.0.0.1%00.example', '127.0.0.1 .example'])(
    'does not take %s for an address',
    async (host) => {
      const before = trap.connections();

      expect(await attemptAt(host, {})).toEqual({ fate: 'unusable' });
      expect(trap.connections()).toBe(before);
    },
  );

  it('judges the address that it connects to, looked up once for each connection', async () => {
    // Multicast is no place for TCP: the attempt ends in this machine, as one that was allowed.
    const { lookup, asked } = namesOf({ 'rebind.example': ['224.0.0.1', '127.0.0.1', '224.0.0.1', '::1'] });
    const network = { allowPrivate: ['224.0.0.0/4'], lookup };
    const before = trap.connections();

    const fates = [];
    for (let i = 0; i < 4; i += 1) fates.push(await attemptAt('rebind.example', network));

    const unreachable = { fate: 'retry', reason: 'unreachable' };
    expect(fates).toEqual([unreachable, REFUSED, unreachable, REFUSED]);
    expect(asked).toHaveLength(4);
    expect(trap.connections()).toBe(before);
  });

  it('connects to the allowed ones alone among the addresses of a name', async () => {
    const { lookup } = namesOf({ 'mixed.example': ['127.0.0.1,224.0.0.1,::1'] });
    const before = trap.connections();

    expect(await attemptAt('mixed.example', { allowPrivate: ['224.0.0.0/4'], lookup })).toEqual({
      fate: 'retry',
      reason: 'unreachable',
    });
    expect(trap.connections()).toBe(before);
  });

  it('sends nothing in clear to the outside', async () => {
    const before = trap.connections();
    const rest = await attempt(at('http', `8.8.8.8.example:${trap.port}`), {
      ...CLOSED_NETWORK,
      lookup: namesOf({}).lookup,
    });

    // Syslog knows no scheme: it always speaks TLS.
    expect(rest).toEqual(
      RECEIVERS[id].protocol === 'syslog'
        ? { fate: 'retry', reason: 'dns-failed' }
        : { fate: 'misconfigured', reason: 'plain-http' },
    );
    expect(trap.connections()).toBe(before);
  });
});

describe.each(OVER_HTTP)('$id over HTTP', ({ at, attempt }) => {
  it.each([301, 302, 303, 307, 308])('does not follow a redirect of status %i', async (status) => {
    const inside = await startServer();
    const outside = await startServer();
    outside.answerWith(plainAnswer(status, '{}', { location: `http://127.0.0.1:${inside.port}/secret` }));
    try {
      const rest = await attempt(at('http', `127.0.0.1:${outside.port}`), {
        ...CLOSED_NETWORK,
        allowPrivate: 'all',
      });

      expect(rest).toEqual({ fate: 'misconfigured', reason: 'redirected' });
      expect(outside.received).toHaveLength(1);
      expect(inside.connections()).toBe(0);
    } finally {
      await Promise.all([inside.close(), outside.close()]);
    }
  });
});

describe('behind HTTPS_PROXY', () => {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', ({ url }, client: Socket) => {
    asked.push(url ?? '');
    client.on('error', () => undefined).end('HTTP/1.1 403 No\r\n\r\n');
  });
  let network: Network;
  beforeAll(async () => {
    network = { ...CLOSED_NETWORK, proxyUrl: `http://127.0.0.1:${await listen(proxy)}` };
  });
  afterAll(() => closeServer(proxy));

  it.each(OVER_HTTP)(
    '$id is refused addresses, of which the proxy hears nothing',
    async ({ at, attempt }) => {
      const before = asked.length;

      for (const host of [
        '169.254.169.254',
        '2130706433',
        '10.0.0.1',
        '[::ffff:7f00:1]',
        '[fd00:ec2::254]',
      ]) {
        expect(await attempt(at('https', host), network)).toEqual(REFUSED);
      }
      expect(asked).toHaveLength(before);
    },
  );

  it.each(OVER_HTTP)(
    '$id leaves names to the proxy: where they lead is for the proxy to judge',
    async (one) => {
      const before = asked.length;

      await one.attempt(one.at('https', 'inside.example'), network);

      expect(asked.slice(before)).toContain('inside.example:443');
    },
  );

  it('syslog goes past the proxy, and is refused', async () => {
    const syslog = REACHED.find(({ id }) => id === 'syslog');
    const before = asked.length;

    expect(await syslog?.attempt(syslog.at('https', '127.0.0.1:6514'), network)).toEqual(REFUSED);
    expect(asked).toHaveLength(before);
  });
});

describe('a server whose certificate nobody vouches for', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(await (await createAuthority()).issue());
  });
  afterAll(() => server.close());

  it.each(REACHED)('gets nothing from $id, wherever it is', async ({ at, attempt }) => {
    const raw = at('https', `127.0.0.1:${server.port}`);

    expect(await attempt(raw, { ...CLOSED_NETWORK, allowPrivate: 'all' })).toEqual({
      fate: 'misconfigured',
      reason: 'tls-certificate',
    });
    expect(server.received).toEqual([]);
  });
});
