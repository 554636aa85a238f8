import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { recordPayload } from '../../shared/record/encode.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { headerFor } from '../helpers/records.ts';
import { type CliResult, resultOf } from '../helpers/run-cli.ts';

const cli = useBuiltCli();

const RECORD = recordPayload(headerFor(Buffer.from('hello\n')), [Buffer.from('hello\n')]);

/** Runs the command line with a shell's redirections. */
async function redirected(args: string, redirections: string): Promise<CliResult> {
  const script = `"$0" "$1" ${args} ${redirections}`;
  const child = spawn('sh', ['-c', script, process.execPath, cli.entry], { env: { PATH: process.env.PATH } });
  return resultOf(child, RECORD);
}

const GOOD = [
  '--help',
  '--version',
  'run --help',
  'ship -h',
  'local --help',
  'secrets set -h',
  'decode',
  'decode --json',
];
const BAD = ['', 'frobnicate', 'run -- x', 'ship --frobnicate', 'decode --frobnicate', 'secrets frobnicate'];

describe('an output that cannot be written', () => {
  it.each(GOOD)('of %s is told in one line, and is no success', async (args) => {
    expect(await redirected(args, '>/dev/full')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'log-drain: cannot write to stdout (ENOSPC): what is there is not complete.\n',
    });
    expect(await redirected(args, '>/dev/full 2>/dev/full')).toEqual({ code: 1, stdout: '', stderr: '' });
  });

  it.each(GOOD)('since nobody reads it or it is closed is no failure of %s', async (args) => {
    expect(await redirected(args, '>&-')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await redirected(args, '2>/dev/full')).code).toBe(0);
    const piped = await redirected(args, '| true');
    expect([piped.stdout, piped.stderr]).toEqual(['', '']);
  });

  it.each(BAD)('for what is wrong with "%s" leaves the exit code as it is', async (args) => {
    const outcomes = await Promise.all(
      ['2>/dev/full', '2>&-', '>/dev/full', '>&- 2>&-'].map((redirections) => redirected(args, redirections)),
    );

    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    for (const { stderr } of outcomes) expect(stderr).not.toMatch(/^\s+at /m);
  });
});
