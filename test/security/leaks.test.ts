import { describe, expect, it } from 'vitest';
import { leaksIn, secretsOf } from '../helpers/leaks.ts';

const SECRET = 'pa"ss\\wörd +/?&=ABC';
const PEM =
  '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUTestLine1\nq83vASNFZ4mrze8BI0VniTestLine2\n-----END CERTIFICATE-----';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('leaksIn', () => {
  it.each([
    ['as it is', `token=${SECRET}!`],
    ['in JSON', JSON.stringify({ token: SECRET })],
    ['in JSON within JSON', JSON.stringify({ message: JSON.stringify({ token: SECRET }) })],
    ['in JSON that is ASCII', JSON.stringify({ token: SECRET }).replace('ö', '\\u00F6')],
    ['in a URL', `https://host/?token=${encodeURIComponent(SECRET)}`],
    ['in a URL of lower case', `https://host/?token=${encodeURIComponent(SECRET).toLowerCase()}`],
    ['in a form', new URLSearchParams({ token: SECRET }).toString().replaceAll('%3F', '%3f')],
    ['in hex', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['in base64', base64(SECRET)],
    ['in base64 behind one byte', base64(`:${SECRET}:`)],
    ['in base64 behind two bytes', base64(`a:${SECRET}`)],
    ['in base64 behind a user name', base64(`user:${SECRET}\n{"more":1}`)],
    ['in base64 of URLs', Buffer.from(`${SECRET}~~`).toString('base64url')],
  ])('finds a secret %s', (_, output) => {
    expect(leaksIn(`a line before\n${output}\na line behind`, ['never there', SECRET])).toEqual([
      expect.stringMatching(/^planted\[1\] in|^planted\[1\] as it is$/),
    ]);
  });

  it('finds one line of a PEM, however its line ends were written', () => {
    expect(leaksIn('{"ca":"q83vASNFZ4mrze8BI0VniTestLine2"}', [PEM])).toHaveLength(1);
    expect(leaksIn('MIIBszCCAVmgAwIBAgIUTestLine1', [PEM.replaceAll('\n', '\\n')])).toHaveLength(1);
  });

  it('finds nothing where there is nothing, and takes no PEM frame for a secret', () => {
    const output = `-----BEGIN CERTIFICATE-----\n${base64('harmless text of some length')}\n`;

    expect(leaksIn(output, [SECRET, PEM, 'f00dcafef00dcafe'])).toEqual([]);
    expect(leaksIn('', [SECRET])).toEqual([]);
  });

  it('says which one leaked and how, without the text itself', () => {
    expect(leaksIn(`${base64(`x${SECRET}`)} f00dcafe`, [SECRET, 'elsewhere', 'f00dcafe'])).toEqual([
      'planted[0] in base64',
      'planted[2] as it is',
    ]);
  });

  it.each(['', 'short', '-----BEGIN-----'])('refuses to look for "%s", which proves nothing', (planted) => {
    expect(() => leaksIn('output', [planted])).toThrow(RangeError);
  });
});

describe('secretsOf', () => {
  it('takes what the manifest calls secret, and the key within a DSN', () => {
    const dsn = 'https://0123456789abcdef@sentry.example/42';

    expect(secretsOf('sentry', { SENTRY_DSN: dsn, LOGS_MIN_LEVEL: 'info' })).toEqual([
      dsn,
      '0123456789abcdef',
    ]);
    expect(secretsOf('datadog', { DATADOG_TOKEN: 'pub0123456', DATADOG_URL: 'https://dd.example' })).toEqual([
      'pub0123456',
    ]);
  });
});
