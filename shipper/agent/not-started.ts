import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { headOf } from '../base/program-file.ts';

/** Why a command was not started. */
export interface NotStarted {
  readonly kind: 'not-started';
  /** As in a shell: POSIX, "Shell Command Language" §2.8.2. */
  readonly code: 126 | 127;
  /** In few words without anything of the command line, for the stream. */
  readonly why: string;
  /** One line for whoever runs us: which command, why, and what to do. */
  readonly advice: string;
}

/** A name is not worth more of a line. */
const MAX_NAME_CHARS = 200;
/** Linux reads no more of a script's first line than this: execve(2), "Interpreter scripts". */
const MAX_FIRST_LINE_BYTES = 255;

/** Says what is wrong with a program that could not be started, from the error and from its file as it is now. */
export function notStarted(
  error: unknown,
  file: string,
  { PATH: path = '' }: Readonly<Record<string, string | undefined>>,
): NotStarted {
  const name = file.length > MAX_NAME_CHARS ? `${file.slice(0, MAX_NAME_CHARS)}…` : file;
  const end = (code: NotStarted['code'], why: string, advice: string): NotStarted => ({
    kind: 'not-started',
    code,
    why,
    advice: `cannot start "${name}": ${why}; ${advice}`,
  });
  const errorCode = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (file === '') return end(127, 'command not found', 'its name is empty');
  if (errorCode === 'ENOENT') return end(127, 'command not found', adviceOnMissing(file));
  if (errorCode === 'EACCES') return end(126, 'not executable', adviceOnForbidden(file, path));
  if (errorCode === 'E2BIG') return end(126, errorCode, 'its arguments and the environment are too long');
  const shortage = SHORTAGES.get(errorCode);
  if (shortage !== undefined) return end(126, ...shortage);
  return end(126, errorCode, 'the system refuses to start it');
}

/** By the error's code: what the system lacks, and what to do about it. */
const SHORTAGES: ReadonlyMap<string, readonly [why: string, advice: string]> = new Map([
  ['EMFILE', ['too few file descriptors', 'raise the limit of open files (ulimit -n)']],
  ['ENFILE', ['too few file descriptors', 'raise the limit of open files of the system (fs.file-max)']],
  ['EAGAIN', ['no process to spare', 'raise the limit of processes (ulimit -u, pids of the container)']],
  ['ENOMEM', ['too little memory', 'give the container more, or start less beside it']],
]);

function adviceOnMissing(file: string): string {
  if (/\s/.test(file) && !existsSync(file))
    return 'the command and its arguments are words of their own: leave out the quotes';
  if (file.includes('/')) {
    const interpreter = interpreterOf(file);
    if (interpreter !== undefined) return `its first line asks for ${interpreter}, which is missing`;
    if (existsSync(file))
      return 'its file is there, but not what is to load it: is it made for another system?';
    return 'there is no such file';
  }
  if (existsSync(file)) return `it is in no folder of PATH; for the file in this folder write ./${file}`;
  return 'it is in no folder of PATH: install it, or give its path';
}

function adviceOnForbidden(file: string, path: string): string {
  const places = file.includes('/') ? [file] : path.split(delimiter).map((folder) => join(folder, file));
  const place = places.find((one) => existsSync(one)) ?? file;
  if (isFolder(place)) return `${place} is a folder`;
  return `make it so with chmod +x ${place}, or put the program that reads it in front`;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The program in a script's first line; undefined where there is none or the file cannot be read. */
function interpreterOf(file: string): string | undefined {
  const start = headOf(file)?.toString('latin1', 0, MAX_FIRST_LINE_BYTES) ?? '';
  return /^#![ \t]*(\S+)/.exec(start)?.[1];
}
