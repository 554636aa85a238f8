import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Input, pipeInput } from '../input/source.ts';

/** Pipes for the agent's output: the ends that we read, and file descriptors for the agent. */
export interface AgentPipes {
  readonly stdout: Input;
  readonly stderr: Input;
  readonly writeFds: readonly [stdout: number, stderr: number];
  /** To be called once the agent has been started, or could not be: else the pipes never end. */
  readonly closeWriteEnds: () => void;
  /** Makes room for bursts, as far as can be: the system's 64 KiB otherwise. */
  readonly widen: () => void;
}

/**
 * Real pipes for stdout and stderr, as a container runtime gives them. What Node itself makes are sockets, which
 * cannot be opened as /dev/stdout and are full after some 300 short lines, so that an agent that logs and calls
 * process.exit() loses more than it has to. Undefined where none can be made: Node has no call for it, and mkfifo
 * or a place to make them may be missing.
 */
export function openAgentPipes(): AgentPipes | undefined {
  const names = makeNamedPipes();
  if (names === undefined) return undefined;
  const fds: number[] = [];
  const open = (name: string, flags: number): number => {
    const fd = openSync(join(names.dir, name), flags);
    fds.push(fd);
    return fd;
  };
  try {
    // The ends to read first, without waiting for a writer; then the others need not wait for a reader.
    const readFds = [open('stdout', READ), open('stderr', READ)] as const;
    const writeFds = [open('stdout', constants.O_WRONLY), open('stderr', constants.O_WRONLY)] as const;
    const [stdout, stderr] = [pipeInput(readFds[0]), pipeInput(readFds[1])];
    const onWidened = (): void => {
      stdout.widened();
      stderr.widened();
    };
    return {
      stdout,
      stderr,
      writeFds,
      closeWriteEnds: () => {
        for (const fd of writeFds) closeSync(fd);
      },
      widen: () => widen(readFds, onWidened),
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
    // An agent that gives up root may open /dev/stdout too; nobody else gets into the folder.
    const { status } = spawnSync('mkfifo', ['-m', '666', 'stdout', 'stderr'], { cwd: dir, stdio: 'ignore' });
    if (status === 0) return { dir, remove };
    remove();
  } catch {
    // No folder for temporary files that can be written.
  }
  return undefined;
}

/** F_SETPIPE_SZ to 1 MiB, which every user may have (pipe(7)), by whatever the image has that can call it. */
const WIDENERS = [
  ['perl', '-e', 'for (3, 4) { open($f, "+<&=$_") && fcntl($f, 1031, 1 << 20) || exit 1 }'],
  ['python3', '-c', 'import fcntl\nfor f in 3, 4: fcntl.fcntl(f, 1031, 1 << 20)'],
] as const;

/** Tries one after the other; the agent runs meanwhile. */
function widen(fds: readonly [number, number], onWidened: () => void, attempt = 0): void {
  const [file, ...args] = WIDENERS[attempt] ?? [];
  if (file === undefined || process.platform !== 'linux') return;
  const tryNext = (): void => widen(fds, onWidened, attempt + 1);
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'ignore', ...fds] });
  child.on('error', tryNext);
  child.on('exit', (code) => (code === 0 ? onWidened() : tryNext()));
  child.unref();
}
