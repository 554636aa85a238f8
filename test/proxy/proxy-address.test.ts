import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../shared/base/environment-error.ts';
import { proxyAddress, proxyLogin } from '../../shared/proxy/proxy-address.ts';

/** What the proxy is told, decoded. */
function login(text: string): string | undefined {
  const base64 = proxyLogin(proxyAddress(text));
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();
}

describe('a proxy’s address', () => {
  it.each([
    ['proxy.example:3128', 'http://proxy.example:3128'],
    ['http://proxy.example:3128', 'http://proxy.example:3128'],
    ['HTTP://Proxy.Example:3128/', 'http://proxy.example:3128'],
    [' http://proxy.example:3128 ', 'http://proxy.example:3128'],
    ['"http://proxy.example:3128"', 'http://proxy.example:3128'],
    ["'proxy.example:3128'", 'http://proxy.example:3128'],
    ['https://proxy.example', 'https://proxy.example'],
    ['me:pw@proxy.example:3128', 'http://proxy.example:3128'],
    ['10.1.2.3:3128', 'http://10.1.2.3:3128'],
    ['http://[fd00::1]:3128', 'http://[fd00::1]:3128'],
  ])('of %s is found', (text, origin) => {
    expect(proxyAddress(text).origin).toBe(origin);
  });

  it.each([
    ['http://proxy:1', undefined],
    ['http://me:secret@proxy:1', 'me:secret'],
    ['http://me@proxy:1', 'me:'],
    ['http://me:@proxy:1', 'me:'],
    ['http://:secret@proxy:1', ':secret'],
    ['http://me:p%40ss@proxy:1', 'me:p@ss'],
    ['http://me:p@ss@proxy:1', 'me:p@ss'],
    ['http://me:50%@proxy:1', 'me:50%'],
    ['http://me:%zz%41@proxy:1', 'me:%zzA'],
    ['http://me:%ff@proxy:1', 'me:%ff'],
    ['http://me:a:b/c?d#e@proxy:1', 'me:a:b/c?d#e'],
    ['http://dom%5Cme:grün@proxy:1', 'dom\\me:grün'],
    ['me:p://w@proxy:1', 'me:p://w'],
  ])('%s gives the login %s', (text, expected) => {
    expect(login(text)).toBe(expected);
  });

  it('gives back whatever name and password were escaped into it', () => {
    const name = fc.string({ unit: 'grapheme' });
    const property = fc.property(name, name, (user, password) => {
      const text = `http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@proxy.example:3128`;
      const expected = user === '' && password === '' ? undefined : `${user}:${password}`;
      return login(text) === expected && proxyAddress(text).host === 'proxy.example:3128';
    });

    expect(() => fc.assert(property)).not.toThrow();
  });

  it('takes a password as it is, with whatever is in it but what reads as an escape', () => {
    const raw = fc.string({ unit: 'grapheme' }).filter((text) => !/%[0-9a-f]{2}/i.test(text));
    const property = fc.property(
      raw,
      (password) => login(`http://me:${password}@proxy:1`) === `me:${password}`,
    );

    expect(() => fc.assert(property)).not.toThrow();
  });

  it.each([
    ['socks5://me:secret@proxy:1080', 'socks5://'],
    ['socks5h://proxy:1080', 'socks5h://'],
    ['ftp://proxy', 'ftp://'],
  ])('%s is refused by name, with what to do', (text, named) => {
    expect(() => proxyAddress(text, 'ALL_PROXY')).toThrow(
      `ALL_PROXY names a proxy of the kind ${named}, which is not supported: give one for HTTP, such as http://proxy.example:3128.`,
    );
  });

  it.each([
    'http://',
    'http:// a',
    'http://me:secret@',
    'me:secret@:3128',
    'proxy:99999',
    'proxy:0',
    'pro xy:1',
    '"http://proxy:1',
    'pr<o>xy:1',
  ])('%s is refused, without a word of it', (text) => {
    expect(() => proxyAddress(text)).toThrow(
      new EnvironmentError('HTTPS_PROXY must be the URL of a proxy, such as http://proxy.example:3128.'),
    );
  });

  it('is an address or an error that says what to write, for any text at all; the error holds no password', () => {
    const property = fc.property(fc.string(), fc.string(), (before, after) => {
      try {
        return /^https?:$/.test(proxyAddress(`${before}:planted-secret@${after}`).protocol);
      } catch (error) {
        return error instanceof EnvironmentError && !error.message.includes('planted');
      }
    });

    expect(() => fc.assert(property)).not.toThrow();
  });
});
