import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../shared/http/retry-after.ts';

const NOW = Date.UTC(2026, 0, 15, 10, 30, 0);

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 20 ', 20_000],
    ['Thu, 15 Jan 2026 10:31:00 GMT', 60_000],
    ['Thu, 15 Jan 2026 10:29:00 GMT', 0],
  ])('reads "%s"', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });

  it.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    '20s',
    'soon',
    '9999999999',
    '2026-01-15T10:31:00Z',
    '15 Jan 2026 10:31:00',
    'Fri, 15 Jan 2026 10:31:00 GMT',
    'Thu, 32 Jan 2026 10:31:00 GMT',
  ])('ignores "%s"', (header) => {
    expect(retryAfterMs(header, NOW)).toBeUndefined();
  });

  it('never throws, and gives a wait that is no less than none', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(retryAfterMs(header, NOW) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
