import { mkdirSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { parse as parseDotenv } from 'dotenv';
import { runLocal } from '../../local/command.ts';
import { parseFaultScript } from '../../local/fault-script.ts';

export interface LocalArguments {
  readonly env?: string;
  readonly faults?: string;
  readonly shards?: string;
  readonly out?: string;
  readonly json?: boolean;
  /** What follows `--`. */
  readonly command: readonly string[];
  /** Our own program. */
  readonly program: string;
}

/** Bad usage, in words for the user. */
export class LocalUsageError extends Error {
  override readonly name = 'LocalUsageError';
}

const MAX_SHARDS = 100;

/** Runs `log-drain local`; returns the exit code. Throws LocalUsageError for files and values it cannot use. */
export async function localCommand(given: LocalArguments): Promise<number> {
  const options = {
    program: given.program,
    command: given.command,
    env: given.env === undefined ? {} : parseDotenv(readText('--env', given.env)),
    faults: given.faults === undefined ? {} : faultsIn(given.faults),
    shards: shardsOf(given.shards),
    outDir: given.out === undefined ? undefined : folderOf(given.out),
    json: given.json ?? false,
  };
  const onStop = (listener: () => void): void => {
    process.on('SIGINT', listener);
    process.on('SIGTERM', listener);
  };
  return runLocal(options, { stdout: process.stdout, stderr: process.stderr, onStop, terminal: isatty(0) });
}

function readText(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new LocalUsageError(`cannot read the file of ${option}, ${path}: ${codeOf(error)}`);
  }
}

function folderOf(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new LocalUsageError(`cannot make the folder of --out, ${path}: ${codeOf(error)}`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function faultsIn(path: string): ReturnType<typeof parseFaultScript> {
  const text = readText('--faults', path);
  try {
    return parseFaultScript(text);
  } catch (error) {
    throw new LocalUsageError(
      `${path} is no fault script: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
}

function shardsOf(text: string | undefined): number {
  const shards = Number(text ?? 1);
  if (Number.isInteger(shards) && shards >= 1 && shards <= MAX_SHARDS) return shards;
  throw new LocalUsageError(`--shards must be a whole number from 1 to ${MAX_SHARDS} (got "${text}")`);
}
