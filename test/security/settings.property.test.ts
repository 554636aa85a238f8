import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { leaksIn } from '../helpers/leaks.ts';
import { CLOSED_NETWORK, REACHED } from './reach.ts';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';

/** Anything at all, and what is nearly right. */
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.ipV4().map((ip) => `[::ffff:${ip}`),
  fc.constantFrom(
    '1',
    'us1',
    'info',
    '__proto__',
    '6514',
    'a:1',
    'http://[',
    '[fd00::1]:6514',
    '[::1]:65536',
    '10.0.0.1:6514',
    'x'.repeat(60_000),
    CERTIFICATE,
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => CERTIFICATE.replace('AAAA', text)),
);

describe.each(REACHED)('$id', ({ id, at, parse, attempt }) => {
  const names = MANIFESTS.find((manifest) => manifest.id === id)?.settings.map(({ name }) => name) ?? [];
  const some = fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor', 'X'), value, {
    maxKeys: 4,
  });

  it('reads or refuses any settings, in short words, and throws nothing', () => {
    fc.assert(
      fc.property(some, (raw) => {
        const parsed = parse({ ...at('https', 'example.com:6514'), ...raw });

        const problems = parsed.kind === 'bad' ? parsed.problems : [];
        for (const problem of problems) expect(problem).toMatch(/^[A-Z_]+ [\x20-\x7e…]{1,300}$/);
        const long = Object.values(raw).filter((text) => /^\S{13,}$/u.test(text));
        expect(leaksIn(problems.join('\n'), long)).toEqual([]);
      }),
    );
  });

  it('opens what it has read, and sends or says why not', async () => {
    // Plain HTTP and addresses are refused, and no name is looked up: nothing leaves this machine.
    const network = {
      ...CLOSED_NETWORK,
      lookup: (_name: string, _options: unknown, callback: (error: Error, found: []) => void) =>
        callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []),
    };
    await fc.assert(
      fc.asyncProperty(some, async (raw) => {
        const rest = await attempt({ ...at('https', '127.0.0.1:6514'), ...raw }, network);

        expect(['misconfigured', 'retry', 'unusable']).toContain(rest.fate);
      }),
    );
  });
});
