import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../shared/base/version.ts';
import { recordPayload } from '../../shared/record/encode.ts';
import { useBuiltCli } from '../helpers/built-cli.ts';
import { headerFor } from '../helpers/records.ts';

const cli = useBuiltCli();

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line with PATH as its whole environment. */
async function logDrain(args: readonly string[], stdin: Buffer = Buffer.alloc(0)): Promise<Result> {
  const child = spawn(process.execPath, [cli.entry, ...args], {
    env: { PATH: process.env.PATH },
    cwd: cli.dir,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('help', () => {
  it.each([
    [['--help'], 'log-drain <command>'],
    [['-h'], 'log-drain <command>'],
    [['ship', '-h'], 'log-drain ship'],
    [['secrets', 'set', '--help'], 'log-drain secrets'],
    [['test', '-h'], 'log-drain test'],
  ])('of %j goes to stdout and ends with 0', async (args, usage) => {
    const { code, stdout, stderr } = await logDrain(args);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.startsWith(`Usage: ${usage} `)).toBe(true);
  });

  it('goes to stderr and ends with 2 if no command is given', async () => {
    const { code, stdout, stderr } = await logDrain([]);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: log-drain <command>');
  });
});

describe('bad usage', () => {
  it.each([
    [['frobnicate'], "unknown command 'frobnicate'", 'log-drain --help'],
    [['--frobnicate'], "unknown option '--frobnicate'", 'log-drain --help'],
    [['decode', '--frobnicate'], "unknown option '--frobnicate'", 'log-drain decode --help'],
    [['run', 'python', 'agent.py'], 'unexpected "python": the command goes after --', 'log-drain run --help'],
    [['run', '--', 'true'], 'no agent id: set --agent-id or LOG_DRAIN_AGENT_ID', 'log-drain run --help'],
    [['run', '--agent-id', 'A', '--', 'true'], 'no Kinesis stream: set --stream', 'log-drain run --help'],
    [['ship', '--agent-id', 'A'], 'no Kinesis stream: set --stream', 'log-drain ship --help'],
  ])('%j is one line that tells what to do, and ends with 2', async (args, problem, help) => {
    const { code, stdout, stderr } = await logDrain(args);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(problem);
    expect(stderr).toMatch(/^log-drain: [^\n]+\n$/);
    expect(stderr).toContain(`. Try '${help}'.`);
  });
});

describe('other commands', () => {
  it('tell the version', async () => {
    expect(await logDrain(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it('decode a record', async () => {
    const body = Buffer.from('hello\n');
    const record = recordPayload(headerFor(body), [body]);

    const { code, stdout } = await logDrain(['decode', '--json'], record);

    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toContain('hello');
  });
});
