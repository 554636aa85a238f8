import { describe, expect, it } from 'vitest';
import { proxyFor, readProxy } from '../../shared/proxy/proxy-for.ts';

const KINESIS = new URL('https://kinesis.eu-west-1.amazonaws.com');

describe('the environment’s proxy', () => {
  it.each([
    [{}, undefined],
    [{ HTTPS_PROXY: '', https_proxy: ' ' }, undefined],
    [{ HTTP_PROXY: 'http://one:1' }, undefined],
    [{ HTTPS_PROXY: 'one:1' }, 'http://one:1/'],
    [{ https_proxy: 'one:1' }, 'http://one:1/'],
    [{ HTTPS_PROXY: 'one:1', https_proxy: 'two:2' }, 'http://two:2/'],
    [{ all_proxy: 'one:1' }, 'http://one:1/'],
    [{ ALL_PROXY: 'one:1', HTTPS_PROXY: 'two:2' }, 'http://two:2/'],
    [{ HTTPS_PROXY: 'one:1', NO_PROXY: '.amazonaws.com' }, undefined],
    [{ HTTPS_PROXY: 'one:1', no_proxy: '.amazonaws.com' }, undefined],
    [{ HTTPS_PROXY: 'one:1', NO_PROXY: 'other', no_proxy: '' }, 'http://one:1/'],
  ])('in %o is %s', (env, expected) => {
    expect(proxyFor(KINESIS, readProxy(env))?.href).toBe(expected);
  });

  it('is named by its variable where it cannot be used, unless it is not needed', () => {
    const settings = readProxy({ all_proxy: 'socks5://one:1', no_proxy: 'a.example' });

    expect(() => proxyFor(KINESIS, settings)).toThrow(/^all_proxy names a proxy of the kind socks5:\/\//);
    expect(proxyFor(new URL('https://a.example'), settings)).toBeUndefined();
  });
});
