import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../shared/base/clock.ts';
import { pipeSource, type Source } from '../input/source.ts';

/** Pipes for the agent's output: the ends that we read, and file descriptors for the agent. */
export interface AgentPipes {
  readonly stdout: Source;
  readonly stderr: Source;
  readonly writeFds: readonly [stdout: number, stderr: number];
  /** To be called once the agent has been started, or failed to start: otherwise the pipes never end. */
  readonly closeWriteEnds: () => void;
  /** Tries to enlarge the pipes to 1 MiB, as room for bursts; the system gives them 64 KiB. */
  readonly enlarge: () => void;
}

/**
 * Real pipes for stdout and stderr, as a container runtime provides them. Node itself makes sockets, which cannot be
 * opened as /dev/stdout and are full after some 300 short lines, so that an agent that logs and calls process.exit()
 * loses more lines than necessary. Node has no call to make pipes: undefined if `mkfifo` or a place for them is missing.
 */
export function openAgentPipes(clock: Pick<Clock, 'monotonic' | 'after'>): AgentPipes | undefined {
  const names = makeNamedPipes();
  if (names === undefined) return undefined;
  const fds: number[] = [];
  const open = (name: string, flags: number): number => {
    const fd = openSync(join(names.dir, name), flags);
    fds.push(fd);
    return fd;
  };
  try {
    // The reading ends first, which do not wait for a writer; then the writing ends find a reader.
    const readFds = [open('stdout', READ), open('stderr', READ)] as const;
    const writeFds = [open('stdout', constants.O_WRONLY), open('stderr', constants.O_WRONLY)] as const;
    const [stdout, stderr] = [pipeSource(readFds[0], clock), pipeSource(readFds[1], clock)];
    const onEnlarged = (): void => {
      stdout.onEnlarged();
      stderr.onEnlarged();
    };
    return {
      stdout,
      stderr,
      writeFds,
      closeWriteEnds: () => {
        for (const fd of writeFds) closeSync(fd);
      },
      enlarge: () => enlarge(readFds, onEnlarged),
    };
  } catch {
    for (const fd of fds) closeSync(fd);
    return undefined;
  } finally {
    names.remove();
  }
}

const READ = constants.O_RDONLY | constants.O_NONBLOCK;

function makeNamedPipes(): { readonly dir: string; readonly remove: () => void } | undefined {
  try {
    const dir = mkdtempSync(join(tmpdir(), 'log-drain-'));
    const remove = (): void => rmSync(dir, { recursive: true, force: true });
    // An agent that gives up root must still be able to open /dev/stdout; the folder keeps everybody else out.
    const { status } = spawnSync('mkfifo', ['-m', '666', 'stdout', 'stderr'], { cwd: dir, stdio: 'ignore' });
    if (status === 0) return { dir, remove };
    remove();
  } catch {
    // There is no writable folder for temporary files.
  }
  return undefined;
}

/** F_SETPIPE_SZ to 1 MiB, which every user may set (pipe(7)), by a program of the image that can call it. */
const ENLARGERS = [
  ['perl', '-e', 'for (3, 4) { open($f, "+<&=$_") && fcntl($f, 1031, 1 << 20) || exit 1 }'],
  ['python3', '-c', 'import fcntl\nfor f in 3, 4: fcntl.fcntl(f, 1031, 1 << 20)'],
] as const;

/** Tries one program after the other, while the agent runs already. */
function enlarge(fds: readonly [number, number], onEnlarged: () => void, attempt = 0): void {
  const [file, ...args] = ENLARGERS[attempt] ?? [];
  if (file === undefined || process.platform !== 'linux') return;
  const tryNext = (): void => enlarge(fds, onEnlarged, attempt + 1);
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'ignore', ...fds] });
  child.on('error', tryNext);
  child.on('exit', (code) => (code === 0 ? onEnlarged() : tryNext()));
  child.unref();
}
