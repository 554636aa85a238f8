import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../lambdas/syslog/settings.ts';
import { readStructuredData } from '../../../lambdas/syslog/structured-data.ts';
import { elementsOf } from '../../../receivers/syslog/structured-data.ts';

interface Golden {
  readonly good: readonly {
    readonly value: string;
    readonly sd: string;
    readonly secrets: readonly string[];
  }[];
  readonly refused: readonly { readonly value: string; readonly why: string }[];
  readonly warned: readonly { readonly value: string }[];
  readonly together: Readonly<Record<string, string>>;
}
const GOLDEN: Golden = JSON.parse(
  readFileSync('test/fixtures/golden/syslog/structured-data/settings.json', 'utf8'),
);

function parsed(value: string, more: Readonly<Record<string, string>> = {}) {
  return parse({ SYSLOG_ENDPOINT: 'logs.example.com:6514', SYSLOG_STRUCTURED_DATA: value, ...more });
}

function settingsOf(value: string) {
  const result = parsed(value);
  if (result.kind !== 'on') throw new Error(`settings are ${result.kind}`);
  return result.settings;
}

function problemOf(value: string): string {
  const result = parsed(value);
  expect(result).toMatchObject({ kind: 'bad', problems: [expect.any(String)] });
  return result.kind === 'bad' ? (result.problems[0] ?? '') : '';
}

describe('SYSLOG_STRUCTURED_DATA', () => {
  it.each(GOLDEN.good)('takes $value as $sd, and knows its secrets', ({ value, sd, secrets }) => {
    const { structuredData, secretParts } = settingsOf(value);

    expect(structuredData).toBe(sd);
    expect(secretParts).toEqual(expect.arrayContaining([...secrets]));
  });

  it('is nothing where it is not set, or empty', () => {
    expect(settingsOf(' ')).toMatchObject({ structuredData: '-', secretParts: undefined });
  });

  const refused = GOLDEN.refused.filter(({ value }) => value !== '');
  it.each(refused)('refuses $value: $why; in one line that names it and what to type', ({ value }) => {
    const problem = problemOf(value);

    expect(problem).toMatch(
      /^SYSLOG_STRUCTURED_DATA must be .*\[TOKEN@41058\] or \[logdna@48950 key="KEY"\]; [ -~]+$/,
    );
    expect(problem).not.toContain(value);
  });

  it.each([
    ['[]', 'an element has no ID'],
    ['[', 'an element has no ID'],
    ['[ a@1]', 'an element has no ID'],
    ['two words', 'a parameter is not like name="value"'],
    ['[é@1]', 'an ID may hold only printable ASCII'],
    ['[a=b]', 'an ID may hold only printable ASCII'],
    ['[a@1', 'an element is not closed'],
    ['[a@1 k="v"', 'an element is not closed'],
    ['[a@1 k=v]', 'a value is not in double quotes'],
    ["[a@1 k='v']", 'a value is not in double quotes'],
    ['[a@1 k="a]b"]', 'a value holds a bare ]'],
    ['[a@1 k="a"b"]', 'a value goes on after its closing double quote'],
    ['[a@1 k="v\\"]', 'a value has no closing double quote'],
    ['[a@1 k="v]', 'a value has no closing double quote'],
    ['[a@1  k="v"]', 'parameters are one space apart'],
    ['[a@1 ké="v"]', 'a parameter is not like name="value"'],
    [`[a@1 ${'k'.repeat(33)}="v"]`, 'a name may have at most 32'],
    ['[a@1] hello', 'nothing may stand between elements or after the last ]'],
    ['[a@1] [b@1]', 'nothing may stand between elements or after the last ]'],
    ['TOKEN@41058]', 'nothing may stand between elements or after the last ]'],
    ['[a@1 k="v"][a@1 l="w"]', 'two elements have the same ID'],
    ['[a@1 k="x\ny"]', 'it holds a control character'],
    ['[a@1 k="x\u0085y"]', 'it holds a control character'],
    ['[a@1 k="x\ud800y"]', 'it holds a control character or half a character'],
    ['t'.repeat(511), 'it has more than 512 bytes'],
    [`[a@1 k="${'é'.repeat(253)}"]`, 'it has more than 512 bytes'],
  ])('says of %j what is wrong: %s', (value, words) => {
    const problem = problemOf(value);

    expect(problem).toContain(`; ${words}`);
    // Of what is kept with parked lines, that is all.
    expect(problem.length).toBeLessThanOrEqual(200);
  });

  it.each([
    [`${'t'.repeat(504)}@41058`, 512],
    [`[a@1 k="${'é'.repeat(251)}"]`, 512],
  ])('takes up to 512 bytes with the brackets', (value, bytes) => {
    expect(Buffer.byteLength(settingsOf(value).structuredData)).toBe(bytes);
  });

  const SPECIAL = ['"', '\\', ']', '[', '=', ' ', 'a', 'é', '😀', '@'];
  const content = fc.string({ unit: fc.constantFrom(...SPECIAL), maxLength: 20 });
  const id = fc.string({ unit: fc.constantFrom('a', '[', '\\', '@', '1', '-'), minLength: 1, maxLength: 20 });
  const element = fc.record({ id, values: fc.array(content, { maxLength: 3 }) });
  const escaped = (text: string): string => text.replace(/["\\\]]/g, '\\$&');

  it('takes every element of the grammar as it is, and every secret in it as written and as meant', () => {
    const elements = fc.uniqueArray(element, { selector: (one) => one.id, minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(elements, (written) => {
        const text = written
          .map((one) => `[${one.id}${one.values.map((each) => ` k="${escaped(each)}"`).join('')}]`)
          .join('');
        const { structuredData, secretParts } = settingsOf(text);

        expect(structuredData).toBe(text);
        expect(elementsOf(structuredData)).toEqual(
          written.map((one) => ({ id: one.id, parameters: one.values.map((each) => ['k', each]) })),
        );
        const secrets = written.flatMap((one) => [...one.values, ...one.values.map(escaped)]);
        expect(secretParts).toEqual(expect.arrayContaining(secrets));
      }),
    );
  });

  it('makes one line of structured data of whatever it takes, and takes that again', () => {
    const typed = fc.string({
      unit: fc.constantFrom(...SPECIAL, '[a@1', ' k="', '"]', '\n', '\0'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(typed, (text) => {
        const read = readStructuredData(text);
        if (typeof read === 'string') {
          expect(read).toMatch(/^[ -~]+$/);
          return;
        }
        expect(read.text).not.toMatch(/\p{Cc}/u);
        expect(readStructuredData(read.text)).toEqual(read);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused together with a token, and shows neither', () => {
    const { SYSLOG_TOKEN = '', SYSLOG_STRUCTURED_DATA = '' } = GOLDEN.together;

    for (const value of [SYSLOG_STRUCTURED_DATA, '-']) {
      expect(parsed(value, { SYSLOG_TOKEN })).toEqual({
        kind: 'bad',
        problems: [
          expect.stringMatching(/^SYSLOG_STRUCTURED_DATA must not be set together with SYSLOG_TOKEN/),
        ],
      });
    }
  });

  it.each(GOLDEN.warned)('takes $value with a warning', ({ value: long }) => {
    const { warnings = [] } = settingsOf(long);

    expect(warnings).toEqual([expect.stringMatching(/^SYSLOG_STRUCTURED_DATA has an ID of more than 32 /)]);
    expect(warnings.join()).not.toContain(long.slice(1, 10));
  });

  it('warns of a token alone, and not of what is usual', () => {
    expect(settingsOf('0123456789abcdef').warnings).toEqual([
      expect.stringMatching(/^SYSLOG_STRUCTURED_DATA has an ID without @ and a number/),
    ]);
    expect(settingsOf('[logdna@48950 key="k"]').warnings).toEqual([]);
  });
});
