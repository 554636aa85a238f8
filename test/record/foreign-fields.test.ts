import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeMsOf } from '../../shared/record/foreign-fields.ts';

const MS = 1_768_473_000_123;

/** From 1980, before which units are taken for others, to 2255, after which a double does not hold microseconds. */
const anyMs = fc.integer({ min: Date.UTC(1980, 0), max: Date.UTC(2255, 0) });
const anyZone = fc.integer({ min: -14 * 60, max: 14 * 60 });

const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0');

/** Local date and time at so many minutes from UTC, and the zone as `+05:30`. */
function inZone(ms: number, minutes: number): readonly [local: string, zone: string] {
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, -1);
  const ahead = Math.abs(minutes);
  return [local, `${minutes < 0 ? '-' : '+'}${pad(ahead / 60)}:${pad(ahead % 60)}`];
}

describe('a foreign timestamp', () => {
  it('gives the same ms in every unit, as a number and as digits', () => {
    const examples: [number, number][] = [[1_088_596_309_932, 0]];
    fc.assert(
      fc.property(anyMs, fc.nat({ max: 999 }), (ms, micros) => {
        const three = String(micros).padStart(3, '0');
        const inSeconds = `${String(ms).slice(0, -3)}.${String(ms).slice(-3)}`;
        const texts = [inSeconds, inSeconds.replace('.', ','), `${ms}`, `${ms}${three}`, `${ms}${three}999`];
        const numbers = [inSeconds, `${ms}`, `${ms}${three}`, `${ms}000000`].map(Number);

        for (const form of [...texts, ...numbers]) expect([form, timeMsOf(form)]).toEqual([form, ms]);
      }),
      { examples },
    );
  });

  it('gives the same ms in every form of ISO 8601', () => {
    fc.assert(
      fc.property(anyMs, anyZone, (ms, minutes) => {
        const [local, zone] = inZone(ms, minutes);
        const utc = new Date(ms).toISOString().slice(0, -1);
        const forms = [utc, `${utc}Z`, `${utc}z`, `${utc} UTC`, `${utc}+0000`, `${utc}+00`, ` ${utc} `]
          .concat(
            `${local}${zone}`,
            `${local}${zone.replace(':', '')}`,
            `${local} ${zone}`,
            `${local}999${zone}`,
          )
          .flatMap((form) => [form, form.replace('T', ' '), form.replace('T', 't'), form.replace('.', ',')]);

        for (const form of forms) expect([form, timeMsOf(form)]).toEqual([form, ms]);
      }),
    );
  });

  it('that is a number may be before 1973 and after 2286 in seconds and ms', () => {
    expect([1, 1e11 - 1, 1e11, 253_402_300_799_999].map(timeMsOf)).toEqual([
      1_000, 99_999_999_999_000, 1e11, 253_402_300_799_999,
    ]);
  });

  it.each([
    '',
    '99999999',
    '10000000000',
    '2026',
    '20260115',
    '20260115103000',
    '20260115103000123',
    '2026-01-15',
    '2026-01-15T10:30:00 CET',
    '2026-01-15T10:30:00+5',
    '2026-01-15T25:30:00Z',
    '2026-13-15T10:30:00Z',
    `-${MS}`,
    '1e12',
    `${MS} ms`,
    -1,
    3e20,
    Number.NaN,
    true,
    undefined,
  ])('is not guessed from %j', (value) => {
    expect(timeMsOf(value)).toBeUndefined();
  });
});
