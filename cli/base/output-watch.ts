import { shortText } from './output.ts';

/** Whether our output could be written. */
export interface OutputWatch {
  /** The exit code, which is not 0 where something was not written. */
  readonly codeOf: (code: number) => number;
  /** True for an error of writing, which is then told; to be asked about what was thrown. */
  readonly takes: (error: unknown) => boolean;
}

/**
 * From now on an output that cannot be written, such as a full disk, is told in one line on stderr, and the exit code is 1.
 * A reader that went away (`| head`) has what it wanted.
 */
export function watchOutput(): OutputWatch {
  let hasFailed = false;
  const tell = (error: unknown): void => {
    if (!isWriteError(error) || error.code === 'EPIPE' || hasFailed) return;
    hasFailed = true;
    process.exitCode = 1;
    sayOrNot(
      `log-drain: cannot write to stdout (${shortText(error.code)}): what is there is not complete.\n`,
    );
  };
  process.stdout.on('error', tell);
  process.stderr.on('error', ignore);
  return {
    codeOf: (code) => (code === 0 && hasFailed ? 1 : code),
    takes: (error) => {
      tell(error);
      return isWriteError(error);
    },
  };
}

/** Writes on stderr. Where that cannot be done, at once or later, nobody is told. */
export function sayOrNot(line: string): void {
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', ignore);
  try {
    process.stderr.write(line);
  } catch {
    // Nobody is there to be told.
  }
}

function ignore(): void {}

interface WriteError extends Error {
  readonly code: string;
}

function isWriteError(error: unknown): error is WriteError {
  return (
    error instanceof Error &&
    'syscall' in error &&
    error.syscall === 'write' &&
    'code' in error &&
    typeof error.code === 'string'
  );
}
