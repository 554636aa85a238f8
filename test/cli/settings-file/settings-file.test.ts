import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageProblem } from '../../../cli/base/errors.ts';
import { type GivenSetting, valuesOf } from '../../../cli/settings-file/given.ts';
import { readSettingsFile } from '../../../cli/settings-file/settings-file.ts';

const TOKEN = 'pub0123456789abcdef';
const BOTH = { DATADOG_TOKEN: TOKEN, DATADOG_URL: 'http://127.0.0.1:18811' };

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'settings-file-'));
});
afterAll(() => rm(dir, { recursive: true }));

const fixture = (name: string): string => join('test/fixtures/settings', `${name}.env`);
const read = (file: string): Promise<readonly GivenSetting[]> =>
  readSettingsFile({ file, undone: 'nothing was stored' });

async function readBytes(bytes: Buffer | string): Promise<Readonly<Record<string, string>>> {
  const file = join(dir, 'given.env');
  await writeFile(file, bytes);
  return valuesOf(await read(file));
}

/** What is said instead of reading it. */
async function refusalOf(reading: Promise<unknown>): Promise<string> {
  const problem: unknown = await reading.catch((error: unknown) => error);
  if (!(problem instanceof UsageProblem)) throw new Error('it was read', { cause: problem });
  return problem.message;
}

describe('a settings file as people have it', () => {
  it.each(['yamlish', 'utf16le-powershell'])('is read: %s.env', async (name) => {
    expect(valuesOf(await read(fixture(name)))).toEqual(BOTH);
  });

  it.each([
    [
      'unreadable-lines',
      'line 2: type NAME=VALUE without "set"; line 3: type NAME=VALUE; line 4: type NAME=VALUE without "-"',
    ],
    ['winset', 'lines 1 and 2: type NAME=VALUE without "set"'],
    ['psenv', 'lines 1 and 2: type NAME=VALUE without "$env:"'],
    ['openquote', 'line 1: close the quote, or leave it out'],
    ['smartquotes', 'line 1: type straight quotes (") or none'],
    ['wrapped-token', 'line 2: a name that nothing has, without a value'],
    ['token-only', 'line 1: a name that nothing has, without a value'],
    ['pem-unquoted', 'lines 2 to 5: put the PEM text into quotes'],
  ])('is refused by line, and nothing of it is shown: %s.env', async (name, words) => {
    const text = await readFile(fixture(name), 'utf8');
    const said = await refusalOf(read(fixture(name)));

    expect(said).toContain(`cannot read ${fixture(name)}, nothing was stored: ${words}`);
    // Any eight characters of a value or of a wrapped rest; names of settings are no secret.
    const values = text.match(/[A-Za-z0-9+/]{8,}/g) ?? [];
    for (const value of values.filter((word) => !/^[A-Z]+$/.test(word))) {
      for (let at = 0; at + 8 <= value.length; at += 1) expect(said).not.toContain(value.slice(at, at + 8));
    }
  });

  it.each([
    ['UTF-16 of the other order', Buffer.from('\ufeffA_B=c', 'utf16le').swap16(), { A_B: 'c' }],
    ['a byte order mark', '\ufeffDATADOG_TOKEN=abc', { DATADOG_TOKEN: 'abc' }],
    ['no-break spaces', '\u00a0DATADOG_TOKEN\u00a0=\u00a0abc\u00a0', { DATADOG_TOKEN: 'abc' }],
    ['lines of CR LF', 'A_B=c\r\nD_E="f"\r\n', { A_B: 'c', D_E: 'f' }],
    ['lines of CR', 'A_B=c\rD_E=f\r', { A_B: 'c', D_E: 'f' }],
    ['JSON', '{"DATADOG_TOKEN": "abc", "N_X": 1}', { DATADOG_TOKEN: 'abc', N_X: '1' }],
  ])('is read with %s', async (_, bytes, values) => {
    expect(await readBytes(bytes)).toEqual(values);
  });

  it.each([
    ['UTF-16 without a mark', Buffer.from('DATADOG_TOKEN=abc', 'utf16le'), 'it is UTF-16 without'],
    ['a value in Latin-1', Buffer.from('A_B=c\nD_E=\u00e4', 'latin1'), 'line 2: not UTF-8'],
    ['JSON that is none', '{"DATADOG_TOKEN": "secretvalue" "X": 1}', 'the secret is not JSON'],
  ])('is refused as what it is: %s', async (_, bytes, words) => {
    const said = await refusalOf(readBytes(bytes));

    expect(said).toContain(words);
    expect(said).not.toContain('secretvalue');
  });

  it.each([
    '<your-token>',
    '"<your token>"',
    '$DATADOG_TOKEN',
    '${DATADOG_TOKEN}',
    '%DATADOG_TOKEN%',
    '{{ token }}',
    'changeme',
    'CHANGE_ME',
    'your-token',
    'xxxxxxxx',
    '...',
  ])('is refused by name with the placeholder %s', async (value) => {
    expect(await refusalOf(readBytes(`DATADOG_TOKEN=${value}\nOTHER_NAME=changeme\n`))).toBe(
      'DATADOG_TOKEN has a placeholder as value, nothing was stored: type the value itself (variables are not filled in)',
    );
  });

  it('is no concern of ours where it sets what no destination knows', async () => {
    expect(await readBytes('OTHER_NAME=changeme\nOPENAI_API_KEY=\n')).toEqual({
      OTHER_NAME: 'changeme',
      OPENAI_API_KEY: '',
    });
  });
});
