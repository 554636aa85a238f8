import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restOfStatus } from '../../shared/http/rest-of-status.ts';

describe('restOfStatus', () => {
  it.each([200, 201, 202, 204])('takes %i for delivered', (status) => {
    expect(restOfStatus(status)).toEqual({ fate: 'delivered' });
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 507, 599])(
    'tries again after %i, waiting as asked',
    (status) => {
      expect(restOfStatus(status, 7_000)).toMatchObject({ fate: 'retry', afterMs: 7_000 });
      expect(restOfStatus(status)).not.toHaveProperty('afterMs');
    },
  );

  it.each([301, 302, 304, 307, 308, 401, 402, 403, 404, 405, 407])('refuses after %i', (status) => {
    expect(restOfStatus(status)).toMatchObject({ fate: 'misconfigured' });
  });

  it.each([400, 406, 409, 410, 411, 413, 414, 415, 422, 431, 451, 501])('splits after %i', (status) => {
    expect(restOfStatus(status)).toMatchObject({ fate: 'split' });
  });

  it('tells a request that is too large from a bad one', () => {
    expect(restOfStatus(413)).toEqual({ fate: 'split', reason: 'too-large', tooMuch: true });
    expect(restOfStatus(400)).toEqual({ fate: 'split', reason: 'bad-request' });
  });

  it('gives each status but 2xx a reason in kebab-case', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 999 }), (status) => {
        expect(restOfStatus(status)).toHaveProperty('reason', expect.stringMatching(/^[a-z]+(-[a-z0-9]+)*$/));
      }),
    );
  });
});
