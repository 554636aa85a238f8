import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** As execvp(3) has it where PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin';

/**
 * The file that a command's name stands for, as execvp(3) finds it: the name itself if it has a slash, else the first
 * file in a folder of PATH that may be executed, where an empty part is this folder. Undefined if there is none.
 */
export function findProgram(name: string, path: string = DEFAULT_PATH): string | undefined {
  if (name === '') return undefined;
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  return path
    .split(delimiter)
    .map((folder) => (folder === '' ? `./${name}` : join(folder, name)))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What is looked at of a file; compilers put all that is asked for here into the first KiB. */
const HEAD_BYTES = 4_096;
/** Of interpreters of interpreters: Linux follows four. */
const MAX_DEPTH = 4;

/**
 * Whether the system is sure to take a file as a program: a binary of the kind that `like` is, whose loader is there, or
 * a script whose interpreter is such a file. False where that cannot be told, as for kinds that were registered with
 * the system, or for scripts without a first line that names an interpreter.
 */
export function isLoadable(file: string, like: string, depth: number = MAX_DEPTH): boolean {
  const head = headOf(file);
  const own = headOf(like);
  if (head === undefined || own === undefined) return false;
  if (isElf(head)) return isElf(own) && isSameMachine(head, own) && hasLoader(head);
  const interpreter = interpreterOf(head);
  return (
    interpreter !== undefined &&
    depth > 0 &&
    isExecutable(interpreter) &&
    isLoadable(interpreter, like, depth - 1)
  );
}

/** The first 4 KiB of a file; undefined if it cannot be read. */
export function headOf(file: string): Buffer | undefined {
  try {
    const fd = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(HEAD_BYTES);
      return bytes.subarray(0, readSync(fd, bytes, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** From an absolute path alone: what a relative one means depends on the folder at that moment. */
function interpreterOf(head: Buffer): string | undefined {
  const path = /^#![ \t]*([^\s\0]+)[^\n]{0,200}\n/.exec(head.toString('latin1'))?.[1];
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

const ELF_HEADER_BYTES = 64;
/** Places in the header of a 64-bit file, elf(5). */
const AT = { class: 4, order: 5, machine: 18, headers: 32, headerBytes: 54, headerCount: 56 } as const;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
/** A program header that names the loader; its places. */
const INTERPRETER = 3;
const AT_HEADER = { offset: 8, bytes: 32, end: 56 } as const;

function isElf(head: Buffer): boolean {
  return head.length >= ELF_HEADER_BYTES && head.toString('latin1', 0, 4) === '\x7fELF';
}

function isSameMachine(head: Buffer, own: Buffer): boolean {
  const kind = (one: Buffer): string => [one[AT.class], one[AT.order], one.readUInt16LE(AT.machine)].join();
  return kind(head) === kind(own) && head[AT.class] === CLASS_64 && head[AT.order] === LITTLE_ENDIAN;
}

/** A file that is linked statically has none, and needs none. */
function hasLoader(head: Buffer): boolean {
  const start = Number(head.readBigUInt64LE(AT.headers));
  const bytes = head.readUInt16LE(AT.headerBytes);
  const count = head.readUInt16LE(AT.headerCount);
  for (let at = start; at < start + count * bytes; at += bytes) {
    if (bytes < AT_HEADER.end || at + bytes > head.length) return false;
    if (head.readUInt32LE(at) !== INTERPRETER) continue;
    const offset = Number(head.readBigUInt64LE(at + AT_HEADER.offset));
    const end = offset + Number(head.readBigUInt64LE(at + AT_HEADER.bytes)) - 1;
    return end <= head.length && isExecutable(head.toString('latin1', offset, end));
  }
  return true;
}
