import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  mkdtempSync,
  openSync,
  readSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../shared/base/clock.ts';

/** Both ends of two pipes; the reading ones do not block. */
export interface PipeEnds {
  readonly readFds: readonly [stdout: number, stderr: number];
  readonly writeFds: readonly [stdout: number, stderr: number];
}

const READ = constants.O_RDONLY | constants.O_NONBLOCK;
/** An agent that gives up root must still be able to open /dev/stdout. */
const FOR_ALL = 0o666;

/** Of the agent's environment, what programs of the image need that help us: the rest is not meant for them. */
export function bareEnvironment({ PATH }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH };
}

/**
 * Makes two pipes, for which Node has no call: by mkfifo(1) where a folder can be written, else by a process that has
 * some. Undefined where neither can be had.
 */
export function makePipes(env: NodeJS.ProcessEnv, clock: Pick<Clock, 'monotonic'>): PipeEnds | undefined {
  const { XDG_RUNTIME_DIR, HOME } = env;
  const bare = bareEnvironment(env);
  return (
    makeNamedPipes([tmpdir(), '/dev/shm', XDG_RUNTIME_DIR, '/var/tmp', '/run'], bare) ??
    borrowPipes(bare, clock) ??
    makeNamedPipes([HOME, '.'], bare)
  );
}

function makeNamedPipes(
  places: readonly (string | undefined)[],
  env: NodeJS.ProcessEnv,
): PipeEnds | undefined {
  for (const place of places) {
    const dir = place === undefined ? undefined : makeFolder(place);
    if (dir === undefined) continue;
    try {
      // The folder keeps everybody else out.
      const { status, error } = spawnSync('mkfifo', ['-m', FOR_ALL.toString(8), 'stdout', 'stderr'], {
        cwd: dir,
        stdio: 'ignore',
        env,
      });
      if (status === 0) return openEnds([join(dir, 'stdout'), join(dir, 'stderr')]);
      // There is no such program, here or elsewhere.
      if (error !== undefined) return undefined;
    } catch {
      // Another place may do.
    } finally {
      remove(dir);
    }
  }
  return undefined;
}

/** By calls that need no file descriptor. */
function remove(dir: string): void {
  for (const [call, path] of [
    [unlinkSync, join(dir, 'stdout')],
    [unlinkSync, join(dir, 'stderr')],
    [rmdirSync, dir],
  ] as const) {
    try {
      call(path);
    } catch {
      // It was not made.
    }
  }
}

function makeFolder(place: string): string | undefined {
  try {
    return mkdtempSync(join(place, 'log-drain-'));
  } catch {
    return undefined;
  }
}

/** Opens both ends of two pipes by name. The reading ends first, which do not wait for a writer. */
function openEnds(names: readonly [string, string]): PipeEnds {
  const fds: number[] = [];
  const open = (name: string, flags: number): number => {
    const fd = openSync(name, flags);
    fds.push(fd);
    return fd;
  };
  try {
    const readFds = [open(names[0], READ), open(names[1], READ)] as const;
    return { readFds, writeFds: [open(names[0], constants.O_WRONLY), open(names[1], constants.O_WRONLY)] };
  } catch (error) {
    for (const fd of fds) closeSync(fd);
    throw error;
  }
}

/** Say by descriptor 9 that they have two pipes as 3 and 4, and wait. A shell makes a pipe for a text that it is given. */
const LENDERS = [
  ['/bin/sh', '-c', 'exec 3<<E 4<<E 9</dev/null\n\nE\n\nE\nread _'],
  [
    'python3',
    '-ISc',
    'import os,sys\na, b = os.pipe(), os.pipe()\nfor f, to in (a[0], 20), (b[0], 4), (20, 3), (0, 9): os.dup2(f, to)\nsys.stdin.read()',
  ],
] as const;
const LENDER_PATIENCE_MS = 2_000;
const LOOK_MS = 1;

/** Opens the pipes of another process by /proc, and ends it: from then on they are ours alone. */
function borrowPipes(env: NodeJS.ProcessEnv, clock: Pick<Clock, 'monotonic'>): PipeEnds | undefined {
  if (!existsSync('/proc/self/fd')) return undefined;
  for (const [file, ...args] of LENDERS) {
    let lender: ChildProcess | undefined;
    try {
      lender = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'], env });
      lender.on('error', () => {});
      lender.stdin?.on('error', () => {});
      const ends = lender.pid === undefined ? undefined : openLent(lender.pid, clock);
      if (ends !== undefined) return ends;
    } catch {
      // Another program may do.
    } finally {
      // Without a process Node would signal our whole group.
      if (lender?.pid !== undefined) lender.kill('SIGKILL');
      lender?.stdin?.destroy();
      lender?.unref();
    }
  }
  return undefined;
}

function openLent(pid: number, clock: Pick<Clock, 'monotonic'>): PipeEnds | undefined {
  const path = (fd: number): string => `/proc/${pid}/fd/${fd}`;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const startedMs = clock.monotonic();
  while (!existsSync(path(9))) {
    if (clock.monotonic() - startedMs > LENDER_PATIENCE_MS || !existsSync(path(0))) return undefined;
    Atomics.wait(cell, 0, 0, LOOK_MS);
  }
  // Some shells take a file.
  if (![path(3), path(4)].every((name) => statSync(name).isFIFO())) return undefined;
  const ends = openEnds([path(3), path(4)]);
  for (const fd of ends.writeFds) fchmodSync(fd, FOR_ALL);
  for (const fd of ends.readFds) readWhatIsThere(fd);
  return ends;
}

/** The empty line for which a shell takes a pipe. */
function readWhatIsThere(fd: number): void {
  try {
    readSync(fd, Buffer.alloc(16));
  } catch {
    // Nothing is there.
  }
}
