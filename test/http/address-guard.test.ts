import { connect, createServer, type Server } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AddressRefusedError,
  addressAllowed,
  assertHostAllowed,
  guardedLookup,
} from '../../shared/http/address-guard.ts';
import { restOfFault } from '../../shared/http/fault.ts';
import { OPEN_NETWORK } from '../helpers/http-server.ts';
import { closeServer, listen } from '../helpers/listen.ts';

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '172.32.0.1',
  '192.167.1.1',
  '223.255.255.255',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];
const LOCAL = [
  '127.0.0.1',
  '127.255.0.9',
  '0.0.0.0',
  '169.254.169.254',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::127.0.0.1',
  '64:ff9b::169.254.169.254',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  '::1%lo',
  '2606:4700::1111%eth0',
  '::7f00:1',
  '::ffff:0:127.0.0.1',
  '64:ff9b:1::1',
  '64:ff9b:1::7f00:1',
  '2001::1',
  '2001:0:7f00:1::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
];
const PRIVATE = [
  '10.0.0.1',
  '100.64.0.1',
  '172.16.5.4',
  '192.168.1.1',
  '::ffff:10.0.0.1',
  '64:ff9b::10.0.0.1',
  'fd12:3456::1',
];
const OTHER = [
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '255.255.255.255',
  '100::1',
  '2001:20::1',
  '2001:db8::1',
  '3fff::1',
  'fec0::1',
  'ff02::1',
];

describe('addressAllowed', () => {
  it.each(PUBLIC)('allows the public %s', (ip) => {
    expect(addressAllowed(ip, undefined)).toBe(true);
  });

  it.each([...LOCAL, ...PRIVATE, ...OTHER])('refuses %s when only public addresses are allowed', (ip) => {
    expect(addressAllowed(ip, undefined)).toBe(false);
  });

  it.each(LOCAL)('refuses %s however wide the list of networks is', (ip) => {
    expect(addressAllowed(ip, ['0.0.0.0/0', '::/0'])).toBe(false);
  });

  it.each(PRIVATE)('allows %s when its network is listed', (ip) => {
    const networks = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'];

    expect(addressAllowed(ip, networks)).toBe(true);
  });

  it('goes on refusing private networks that are not listed', () => {
    expect(addressAllowed('10.1.0.1', ['10.0.0.0/16'])).toBe(false);
    expect(addressAllowed('8.8.8.8', ['10.0.0.0/16'])).toBe(true);
  });

  it.each([...LOCAL, ...PRIVATE, ...OTHER])('allows %s when all is allowed', (ip) => {
    expect(addressAllowed(ip, 'all')).toBe(true);
  });

  it.each(['', 'example.com', '1.2.3', '127.1'])('refuses what is no address: "%s"', (text) => {
    expect(addressAllowed(text, undefined)).toBe(false);
  });

  it('judges an IPv4 address alike in every form that carries one', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        const plain = addressAllowed(ip, undefined);

        expect(addressAllowed(`::ffff:${ip}`, undefined)).toBe(plain);
        expect(addressAllowed(`64:ff9b::${ip}`, undefined)).toBe(plain);
      }),
    );
  });
});

describe('assertHostAllowed', () => {
  it.each(['10.0.0.1', '[::1]', '::1', '[::ffff:10.0.0.1]'])('throws for the literal %s', (host) => {
    expect(() => assertHostAllowed(host, undefined)).toThrow(AddressRefusedError);
  });

  it.each(['example.com', 'localhost', '8.8.8.8', '[2606:4700::1111]'])('lets %s pass', (host) => {
    expect(() => assertHostAllowed(host, undefined)).not.toThrow();
  });
});

describe('guardedLookup', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((socket) => socket.end());
    port = await listen(server);
  });
  afterAll(() => closeServer(server));

  function connectTo(allowPrivate: undefined | 'all', autoSelectFamily: boolean): Promise<Error | undefined> {
    return new Promise((resolve) => {
      const lookup = guardedLookup({ ...OPEN_NETWORK, allowPrivate });
      const socket = connect({ host: 'localhost', port, lookup, autoSelectFamily });
      socket.on('connect', () => resolve(undefined));
      socket.on('error', resolve);
      socket.on('close', () => socket.destroy());
    });
  }

  it.each([true, false])('keeps a socket from a name that points inside (auto family: %s)', async (auto) => {
    const error = await connectTo(undefined, auto);

    expect(error).toBeInstanceOf(AddressRefusedError);
    expect(restOfFault(error)).toEqual({ fate: 'misconfigured', reason: 'address-not-allowed' });
  });

  it.each([true, false])('connects where all is allowed (auto family: %s)', async (auto) => {
    expect(await connectTo('all', auto)).toBeUndefined();
  });

  it('passes a resolver error on', async () => {
    const error = await new Promise<unknown>((resolve) => {
      guardedLookup({ ...OPEN_NETWORK, allowPrivate: undefined })('name.invalid', {}, resolve);
    });

    expect(restOfFault(error)).toEqual({ fate: 'retry', reason: 'dns-failed' });
  });
});
