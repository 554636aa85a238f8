import { mkdirSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { runLocal } from '../../local/command.ts';
import { parseFaultScript } from '../../local/fault-script.ts';
import { ownEnvironment } from '../../shared/settings/environment.ts';
import { UsageProblem } from '../base/errors.ts';
import { isKnown, valuesOf, wordsForUnknown } from '../settings-file/given.ts';
import { readSettingsFile } from '../settings-file/settings-file.ts';
import type { LocalOptions } from './options.ts';

export interface LocalCall {
  readonly options: LocalOptions;
  /** What follows `--`. */
  readonly command: readonly string[];
  /** Our own program. */
  readonly program: string;
}

/** Runs `log-drain local`; returns the exit code. Throws a UsageProblem for files that it cannot use. */
export async function localCommand({ options, command, program }: LocalCall): Promise<number> {
  const { env, faults, shards, out, json } = options;
  const settings =
    env === undefined ? [] : await readSettingsFile({ file: env, undone: 'nothing was started' });
  const given = {
    program,
    command,
    env: valuesOf(settings),
    unknown: settings.filter(({ name }) => !isKnown(name)).map((setting) => wordsForUnknown(setting)),
    faults: faults === undefined ? {} : faultsIn(faults),
    shards,
    outDir: out === undefined ? undefined : folderOf(out),
    json,
  };
  const { stdout, stderr } = process;
  return runLocal(given, {
    stdout,
    stderr,
    env: ownEnvironment(),
    cwd: process.cwd(),
    onStop: (listener) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.on(signal, () => listener(signal));
    },
    terminal: isatty(0),
  });
}

function folderOf(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new UsageProblem(`cannot make the folder of --out, ${path}: ${codeOf(error)}`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function faultsIn(path: string): ReturnType<typeof parseFaultScript> {
  const text = textOf(path);
  try {
    return parseFaultScript(text);
  } catch (error) {
    throw new UsageProblem(
      `${path} is no fault script: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageProblem(`cannot read ${path}: ${codeOf(error)}`);
  }
}
