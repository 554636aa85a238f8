import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LocalResult } from '../../local/result.ts';

/** The program that `npm run build` makes. */
const PROGRAM = resolve('dist', 'log-drain.mjs');

/** All functions start at once, on a machine that may be busy with other tests. */
export const PATIENCE_MS = 240_000;

export interface LocalRun {
  /** Of `local`, before the `--`. */
  readonly args?: readonly string[];
  /** After the `--`; none: the sample agent. */
  readonly command?: readonly string[];
  /** Beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningLocal {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code when its output is read; rejects if it left temporary files. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts `log-drain local` as built, with no environment but PATH and a temporary folder that must be empty at the end. */
export async function startLocal({ args = [], command = [], env = {} }: LocalRun): Promise<RunningLocal> {
  if (!existsSync(PROGRAM)) throw new Error('dist/ is missing: npm run build');
  const temporary = await mkdtemp(join(tmpdir(), 'local-'));
  const rest = command.length > 0 ? ['--', ...command] : [];
  const child = spawn(process.execPath, [PROGRAM, 'local', ...args, ...rest], {
    env: { PATH: process.env.PATH, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  const ended = once(child, 'close').then(async ([code, signal]) => {
    const left = await readdir(temporary);
    await rm(temporary, { recursive: true });
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
    return (code ?? signal) as number | NodeJS.Signals | null;
  });
  return { child, stdout: () => output.stdout, stderr: () => output.stderr, ended };
}

export interface FinishedLocal {
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `log-drain local` to its end. */
export async function runLocal(run: LocalRun): Promise<FinishedLocal> {
  const { ended, stdout, stderr } = await startLocal(run);
  const code = await ended;
  return { code, stdout: stdout(), stderr: stderr() };
}

/** What `--json` printed. */
export function resultIn({ stdout }: Pick<FinishedLocal, 'stdout'>): LocalResult {
  return JSON.parse(stdout) as LocalResult;
}

/** A command that runs a script of Node's. */
export function node(script: string): readonly string[] {
  return [process.execPath, '-e', script];
}

/** A command that runs a script of the shell. */
export function sh(script: string): readonly string[] {
  return ['sh', '-c', script];
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolveSoon) => setTimeout(resolveSoon, 50));
}

/** A process and when it was started, since numbers are used again. */
interface Process {
  readonly pid: number;
  readonly startedAt: string;
}

/** Fields of /proc/<pid>/stat after the command's name; undefined if there is no such process, or a dead one. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields;
  } catch {
    return undefined;
  }
}

/** The process's children, and theirs. */
export function descendants(root: number | undefined): readonly Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [, parent, ...rest] = statOf(Number(name)) ?? [];
      const startedAt = rest[17];
      return startedAt === undefined ? [] : [{ pid: Number(name), parent: Number(parent), startedAt }];
    });
  const under = (parent: number): typeof all =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...under(one.pid)]);
  return root === undefined ? [] : under(root);
}

export function isAlive({ pid, startedAt }: Process): boolean {
  return statOf(pid)?.[19] === startedAt;
}
