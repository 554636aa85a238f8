import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { coreModules } from '../../scripts/core-modules.ts';

const PROGRAMS = new URL('../programs/', import.meta.url).pathname;

/** Where a benchmark works: a temporary folder, and our programs as plain JavaScript, so that nothing else is measured. */
export interface Workshop {
  readonly dir: string;
  /** The built command and functions. */
  readonly dist: string;
  readonly program: (name: string) => string;
  readonly close: () => Promise<void>;
}

/** Builds the programs of a folder; `dist` is what `npm run build` made. */
export async function openWorkshop(dist: string, programs = PROGRAMS): Promise<Workshop> {
  const dir = await mkdtemp(join(tmpdir(), 'log-drain-bench-'));
  const names = await readdir(programs);
  await build({
    entryPoints: names.map((name) => join(programs, name)),
    outdir: join(dir, 'programs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    plugins: [coreModules],
    logLevel: 'warning',
  });
  return {
    dir,
    dist,
    program: (name) => join(dir, 'programs', `${name}.mjs`),
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Starts a program, tells it what it needs and waits for its first word; `onLine` reads a piped stdout. Throws if it ends without a word. */
export async function ask(
  path: string,
  task: unknown,
  { onLine, ...options }: ForkOptions & { readonly onLine?: (line: string) => void } = {},
): Promise<{ readonly child: ChildProcess; readonly answer: unknown }> {
  const child = fork(path, [], { execArgv: [], ...options });
  if (onLine !== undefined && child.stdout !== null) createInterface(child.stdout).on('line', onLine);
  child.send(task as object);
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${path} ended without an answer (${String(signal ?? code)})`);
  });
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  ended.catch(() => {});
  return { child, answer };
}
