import type { SecureVersion } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttp, type HttpResult } from '../../shared/http/post.ts';
import { type Authority, createAuthority, type KeyPair } from '../helpers/certificates.ts';
import { OPEN_NETWORK, startServer, type TestServer } from '../helpers/http-server.ts';

let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority();
});

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Versions {
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
}

async function start(pair: KeyPair, versions: Versions = {}): Promise<TestServer> {
  server = await startServer({ ...pair, ...versions });
  return server;
}

async function postTo(target: TestServer, ca: string | undefined): Promise<HttpResult> {
  const http = createHttp({ network: OPEN_NETWORK, ca });
  try {
    const url = `https://localhost:${target.port}/`;
    const signal = AbortSignal.timeout(20_000);
    return await http.prepare({ url, headers: {}, body: Buffer.from('hello'), gzip: false })(signal);
  } finally {
    await http.close();
  }
}

describe('TLS', () => {
  it('trusts a private authority that the settings name', async () => {
    const target = await start(await authority.issue());

    expect(await postTo(target, authority.cert)).toMatchObject({ kind: 'answer', status: 200 });
    expect(target.received).toHaveLength(1);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const target = await start(await authority.issue(), { minVersion: version, maxVersion: version });

    expect(await postTo(target, authority.cert)).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('refuses an authority that nobody named', async () => {
    const target = await start(await authority.issue());

    const result = await postTo(target, undefined);

    expect(result).toMatchObject({
      kind: 'fault',
      rest: { fate: 'misconfigured', reason: 'tls-certificate' },
    });
    expect(target.received).toEqual([]);
  });

  it('refuses a certificate of another name', async () => {
    const target = await start(await authority.issue({ names: ['DNS:other.example'] }));

    const result = await postTo(target, authority.cert);

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'misconfigured', reason: 'tls-name' } });
    expect(target.received).toEqual([]);
  });

  it('refuses an expired certificate', async () => {
    const target = await start(await authority.issue({ days: -1 }));

    const result = await postTo(target, authority.cert);

    expect(result).toMatchObject({
      kind: 'fault',
      rest: { fate: 'misconfigured', reason: 'tls-certificate' },
    });
    expect(target.received).toEqual([]);
  });

  it('refuses to speak TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const target = await start(await authority.issue(), old);

    const result = await postTo(target, authority.cert);

    expect(result).toMatchObject({ kind: 'fault', rest: { fate: 'misconfigured', reason: 'tls-protocol' } });
    expect(target.received).toEqual([]);
  });

  describe('with a plain server behind an https URL', () => {
    let plain: TestServer;
    beforeAll(async () => {
      plain = await startServer();
    });
    afterAll(() => plain.close());

    it('is refused', async () => {
      const result = await postTo(plain, undefined);

      expect(result).toMatchObject({
        kind: 'fault',
        rest: { fate: 'misconfigured', reason: 'tls-protocol' },
      });
    });
  });
});
