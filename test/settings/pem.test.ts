import { createPrivateKey, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse as parseDatadog } from '../../lambdas/datadog/settings.ts';
import { parse as parseSyslog } from '../../lambdas/syslog/settings.ts';
import { pemText } from '../../shared/settings/pem.ts';
import { parseSecretText } from '../../shared/settings/secret-text.ts';
import { createAuthority, type KeyPair } from '../helpers/certificates.ts';

const LINE_ENDS = [
  '\n',
  '\r\n',
  '\r',
  '',
  ' ',
  '   ',
  '\u00a0',
  '\t',
  '\\n',
  '\\r\\n',
  '\\\\n',
  '\\r',
  ' \\n ',
];
const AROUND = ['', ' ', '\n', '\u00a0', '\ufeff', '\\n', 'subject=CN = leaf\n'];

let pairs: readonly KeyPair[];
beforeAll(async () => {
  const authority = await createAuthority();
  const names = Array.from({ length: 40 }, (_, i) => `DNS:name-${i}.example.com`);
  pairs = [await authority.issue(), await authority.issue({ names }), await authority.issue({ days: 900 })];
});

/** The text with each of its line ends in one of these forms, from the first on and over again. */
function withEnds(pem: string, ends: readonly string[]): string {
  let at = 0;
  return pem.replaceAll('\n', () => ends[at++ % ends.length] ?? '\n');
}

const ends = fc.array(fc.constantFrom(...LINE_ENDS), { minLength: 1, maxLength: 5 });
const around = fc.tuple(fc.constantFrom(...AROUND), fc.constantFrom(...AROUND));
const index = fc.nat({ max: 2 });

describe('a PEM text', () => {
  it('is the same certificate and key whatever became of its line ends', () => {
    fc.assert(
      fc.property(index, ends, around, (i, lineEnds, [before, after]) => {
        const { cert, key } = pairs[i] as KeyPair;

        const read = (pem: string): string => pemText(before + withEnds(pem, lineEnds) + after);

        expect(read(cert)).toBe(cert.trim());
        expect(new X509Certificate(read(cert)).raw).toEqual(new X509Certificate(cert).raw);
        expect(createPrivateKey(read(key)).equals(createPrivateKey(key))).toBe(true);
      }),
    );
  });

  it('may hold several blocks', () => {
    fc.assert(
      fc.property(ends, (lineEnds) => {
        const chain = pairs.map(({ cert }) => cert).join('');

        expect(pemText(withEnds(chain, lineEnds))).toBe(chain.trim());
      }),
    );
  });

  it.each([
    '-----BEGIN CERTIFICATE-----\nnot/base64!\n-----END CERTIFICATE-----',
    '-----BEGIN CERTIFICATE-----\nMIIB',
    'MIIB',
    '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIB\n-----END RSA PRIVATE KEY-----',
  ])('stays as it is if it is none: %j', (text) => {
    expect(pemText(text)).toBe(text);
  });
});

describe('certificates and keys in a secret', () => {
  const secret = (values: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
    const read = parseSecretText(JSON.stringify(values));
    if (read.kind === 'bad') throw new Error(read.problem);
    return read.values;
  };

  it('are taken in every form', () => {
    for (const end of LINE_ENDS) {
      const { cert, key } = pairs[0] as KeyPair;
      const values = {
        SYSLOG_ENDPOINT: 'logs.example.com:6514',
        SYSLOG_CLIENT_CERT: withEnds(cert, [end]),
        SYSLOG_CLIENT_KEY: withEnds(key, [end]),
        LOGS_CA: withEnds(cert, [end]),
      };

      expect(parseSyslog(secret(values))).toMatchObject({
        kind: 'on',
        settings: { client: { cert: cert.trim() }, ca: cert.trim() },
      });
    }
  });

  it('are refused by name, with what to type, if they are none', () => {
    expect(parseDatadog({ DATADOG_TOKEN: 'x', LOGS_CA: '-----BEGIN CERTIFICATE-----' })).toEqual({
      kind: 'bad',
      problems: [
        'LOGS_CA must be one or more PEM certificates, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----',
      ],
    });
  });
});
