import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_OPTIONS } from '../../cli/local/options.ts';
import { parseFaultScript } from '../../local/fault-script.ts';
import { runLocal, sh } from '../helpers/local-process.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'local-usage-'));
  await writeFile(join(dir, 'not.json'), 'datadog: 503');
  await writeFile(join(dir, 'unknown.json'), '{"datadogg": []}');
  await writeFile(
    join(dir, 'kind.json'),
    '{"datadog": [{"kind": "explode"}], "splunk": [{"kind": "delay"}]}',
  );
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const file = (name: string): string => join(dir, name);

describe('log-drain local with arguments that it cannot use', () => {
  it.each([
    ['a missing --env file', () => ['--env', file('no')], /cannot read .*no: ENOENT/],
    ['a folder as --env', () => ['--env', dir], /cannot read .*: EISDIR/],
    ['a missing --faults file', () => ['--faults', file('no')], /cannot read .*no: ENOENT/],
    [
      'lines of --env that nobody can read',
      () => ['--env', 'test/fixtures/settings/unreadable-lines.env'],
      /cannot read .*, nothing was started: line 2: .*; line 3: .*; line 4: /,
    ],
    [
      'a wrapped token',
      () => ['--env', 'test/fixtures/settings/wrapped-token.env'],
      /nothing was started: line 2: /,
    ],
    ['faults that are not JSON', () => ['--faults', file('not.json')], /is no fault script: it is not JSON/],
    ['faults of nothing known', () => ['--faults', file('unknown.json')], /is no fault script: .*datadogg/],
    ['unknown faults', () => ['--faults', file('kind.json')], /datadog\.0\.kind: .*; splunk\.0\.ms: /],
    ['no shards', () => ['--shards', '0'], /--shards must be a whole number from 1 to 100 \(got "0"\)/],
    ['half a shard', () => ['--shards', '1.5'], /--shards must be .* \(got "1\.5"\)/],
    ['too many shards', () => ['--shards', '101'], /--shards must be .* \(got "101"\)/],
    ['words for shards', () => ['--shards', 'many'], /--shards must be .* \(got "many"\)/],
    [
      'an --out that is a file',
      () => ['--out', file('not.json')],
      /cannot make the folder of --out, .*: EEXIST/,
    ],
    ['an unknown option', () => ['--jsn'], /unknown option '--jsn'/],
  ])('says what is wrong with %s in one line, starts nothing and ends with 2', async (_, args, words) => {
    const started = join(dir, 'started');
    const { code, stdout, stderr } = await runLocal({
      args: args(),
      command: sh(`: > ${started}; echo ran`),
    });

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/^log-drain: .*Try 'log-drain local --help'\.\n$/);
    expect(stderr).not.toMatch(/ran|^\s+at |abcdef0123|pub0123/m);
  });
});

describe('docs/local.md', () => {
  it('shows fault scripts that can be used', async () => {
    const page = await readFile('docs/local.md', 'utf8');
    const scripts = [...page.matchAll(/^```json faults\n(.*?)^```$/gms)].map(([, script = '']) => script);

    expect(scripts.length).toBeGreaterThan(2);
    for (const script of scripts) expect(Object.keys(parseFaultScript(script)).length).toBeGreaterThan(0);
  });

  it('has a row for each option', async () => {
    const page = await readFile('docs/local.md', 'utf8');
    for (const { flag } of Object.values(LOCAL_OPTIONS))
      expect(page).toMatch(new RegExp(`^\\| \`${flag}[ \`]`, 'm'));
  });
});
