import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { BuiltCli } from './built-cli.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRun {
  /** Beside PATH and test credentials. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
}

/** Runs the built command in its own folder to its end, with nothing of our environment but PATH. */
export async function runCli(
  cli: BuiltCli,
  args: readonly string[],
  { env = {}, stdin = '' }: CliRun = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [cli.entry, ...args], {
    cwd: cli.dir,
    env: {
      PATH: process.env.PATH,
      HOME: cli.dir,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example-secret-key',
      ...env,
    },
  });
  return resultOf(child, stdin);
}

/** Gives a command its stdin, and waits for its end. */
export async function resultOf(
  child: ChildProcessWithoutNullStreams,
  stdin: string | Buffer,
): Promise<CliResult> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => (output[name] += chunk.toString()));
  }
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
