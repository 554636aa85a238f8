import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExempt } from '../../shared/proxy/no-proxy.ts';

describe('NO_PROXY', () => {
  it.each([
    ['https://a.example/', '*'],
    ['https://10.1.2.3/', '*'],
    ['https://a.example/', 'x, A.example'],
    ['https://a.example/', 'x a.example\ty'],
    ['https://b.a.example/', 'a.example'],
    ['https://a.example/', '.a.example'],
    ['https://b.a.example/', '.a.example'],
    ['https://b.a.example/', '*.a.example'],
    ['https://b-a.example/', '*a.example'],
    ['https://a.example./', 'a.example'],
    ['https://a.example/', 'a.example.'],
    ['https://xn--bcher-kva.example/', 'bücher.example'],
    ['https://a.example/', 'a.example:443'],
    ['https://a.example:8443/', 'a.example:8443'],
    ['https://a.example:8443/', 'a.example'],
    ['https://b.a.example:8443/', '.a.example:8443'],
    ['https://a.example:8443/', '*:8443'],
    ['https://10.1.2.3/', '10.1.2.3'],
    ['https://10.1.2.3:8443/', '10.1.2.3:8443'],
    ['https://10.1.2.3/', '10.0.0.0/8'],
    ['https://10.1.2.3/', '0.0.0.0/0'],
    ['https://[::1]/', '::1'],
    ['https://[::1]/', '[::1]'],
    ['https://[::1]/', '0:0:0:0:0:0:0:1'],
    ['https://[::1]:8443/', '[::1]:8443'],
    ['https://[::1]:8443/', '::1'],
    ['https://[fd00::1]/', 'FD00::/8'],
    ['https://[fd00::1]/', '[fd00::]/8'],
    ['https://[::ffff:10.1.2.3]/', '10.0.0.0/8'],
  ])('exempts %s by %s', (url, noProxy) => {
    expect(isExempt(new URL(url), noProxy)).toBe(true);
  });

  it.each([
    ['https://a.example/', ''],
    ['https://a.example/', ' , ,'],
    ['https://a.example/', 'b.example'],
    ['https://xa.example/', 'a.example'],
    ['https://xa.example/', '*.a.example'],
    ['https://a.example.org/', 'a.example'],
    ['https://a.example:8443/', 'a.example:443'],
    ['https://a.example/', 'a.example:8443'],
    ['https://10.1.2.3/', '10.1.2.4'],
    ['https://10.1.2.3/', '2.3'],
    ['https://11.1.2.3/', '10.0.0.0/8'],
    ['https://10.1.2.3/', '10.0.0.0/33'],
    ['https://10.1.2.3/', '10.0.0.0/'],
    ['https://10.1.2.3/', '10.0.0.0/x'],
    ['https://[::2]/', '::1'],
    ['https://[::1]:8443/', '[::1]:443'],
    ['https://[fe00::1]/', 'fd00::/8'],
    ['https://ten.example/', '10.0.0.0/8'],
    ['https://a.example/', '.'],
  ])('does not exempt %s by %s', (url, noProxy) => {
    expect(isExempt(new URL(url), noProxy)).toBe(false);
  });

  it('holds an IPv4 network against an address bit by bit', () => {
    const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    const number = (parts: readonly number[]): bigint =>
      parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
    const property = fc.property(address, address, fc.nat(32), (host, network, bits) => {
      const shift = BigInt(32 - bits);
      const expected = number(host) >> shift === number(network) >> shift;
      return isExempt(new URL(`https://${host.join('.')}/`), `${network.join('.')}/${bits}`) === expected;
    });

    expect(() => fc.assert(property)).not.toThrow();
  });

  it('finds an IPv6 address in whatever form it is written, with its network', () => {
    const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });
    const property = fc.property(groups, fc.nat(128), (parts, bits) => {
      const long = parts.map((part) => part.toString(16).padStart(4, '0')).join(':');
      const url = new URL(`https://[${long}]:8443/`);
      return [long.toUpperCase(), `[${long}]:8443`, `${long}/${bits}`, url.hostname].every((entry) =>
        isExempt(url, entry),
      );
    });

    expect(() => fc.assert(property)).not.toThrow();
  });

  it('never fails, whatever it holds', () => {
    const property = fc.property(
      fc.string(),
      (text) => typeof isExempt(new URL('https://a.example/'), text) === 'boolean',
    );

    expect(() => fc.assert(property)).not.toThrow();
  });
});
