import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../../../cli/settings-file/given.ts';
import { parseLines } from '../../../cli/settings-file/parse-lines.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\nBBBB==\n-----END CERTIFICATE-----';

describe('lines of settings', () => {
  it.each([
    ['A_B=c', 'c'],
    ['export A_B=c', 'c'],
    ['A_B = c d ', 'c d'],
    ['A_B: c', 'c'],
    ['A_B=', ''],
    ['A_B= # nothing yet', ''],
    ['A_B=c # why', 'c'],
    ['A_B="c#d" # why', 'c#d'],
    ['A_B=\'c="d"\'', 'c="d"'],
    ['A_B=`c`', 'c'],
    ['A_B="c \\"d\\" e"', 'c "d" e'],
    ['A_B="c\\nd"', 'c\nd'],
    ["A_B='c\\nd'", 'c\\nd'],
    ['# C_D=e\n\nA_B="c\nd"\n', 'c\nd'],
    [`LOGS_CA="${PEM}"\nA_B=c`, 'c'],
    [`LOGS_CA=${PEM.replaceAll('\n', '\\n')}\nA_B=c`, 'c'],
    ['A_B=c\nA_B=d', 'd'],
  ])('%j are read as dotenv reads them', (text, value) => {
    const { settings, refused } = parseLines(text);

    expect(refused).toEqual([]);
    expect(valuesOf(settings)['A_B']).toBe(value);
  });

  it.each([
    ['set A_B=c', 'type NAME=VALUE without "set"'],
    ['setx A_B c', 'type NAME=VALUE without "setx"'],
    ['SET "A_B=c"', 'type NAME=VALUE without "SET"'],
    ['$Env:A_B = "c"', 'type NAME=VALUE without "$Env:"'],
    ['declare -x A_B="c"', 'type NAME=VALUE without "declare"'],
    ['A_B:c', 'type NAME=VALUE'],
    ['A_B c', 'type NAME=VALUE'],
    ['"A_B": "c",', 'type NAME=VALUE'],
    ['A_B="c";', 'leave nothing behind the closing quote'],
    ['A_B="c', 'close the quote, or leave it out'],
    ['A_B=c"', 'the quote at the end has no partner'],
    ['A_B=\u2018c\u2019', 'type straight quotes (") or none'],
    ['A_B=c#d', 'the value holds a "#": put it in quotes'],
    ['A_B=#d', 'the value holds a "#": put it in quotes'],
    ['A_B: |', 'put a text of several lines into quotes'],
  ])('%j are refused', (text, why) => {
    const { settings, refused } = parseLines(`X_Y=1\n${text}\nX_Z=2`);

    expect(refused).toEqual([{ first: 2, last: 2, why }]);
    expect(valuesOf(settings)).toEqual({ X_Y: '1', X_Z: '2' });
  });

  it('with an open quote are refused where it opens, whatever quotes follow', () => {
    for (const next of ['DATADOG_URL="http://x"', 'DATADOG_URL=http://x"', 'LOGS_CA=""', 'OTHER_X="y"']) {
      expect(parseLines(`DATADOG_TOKEN="abc\n${next}\n`).refused[0]).toMatchObject({ first: 1, last: 1 });
    }
  });

  it('without an end of a PEM text are refused one by one', () => {
    const { refused } = parseLines(`LOGS_CA=${PEM.replace(/\n-----END.*/, '')}\nDATADOG_TOKEN=abc`);

    expect(refused.map(({ first, last }) => [first, last])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('are either read or refused, each of them', () => {
    const line = fc.string({ unit: fc.constantFrom(...Array.from('AB_=: "\'#-\\cn$')), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const { settings, refused } = parseLines(lines.join('\n'));

        const passedOver = lines.filter((text, i) => {
          if (text.trim() === '' || text.trim().startsWith('#')) return false;
          if (refused.some(({ first, last }) => first <= i + 1 && i + 1 <= last)) return false;
          // A quoted value may go on over the lines after its own.
          return !settings.some(
            ({ line: at = 0, value }) => at === i + 1 || (at <= i && value.includes('\n')),
          );
        });
        expect(passedOver).toEqual([]);
      }),
    );
  });
});
