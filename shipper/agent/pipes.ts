import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Clock } from '../../shared/base/clock.ts';
import { pipeSource, type Source } from '../input/source.ts';
import { bareEnvironment, makePipes, type PipeEnds } from './make-pipes.ts';

/** Pipes for the agent's output: what we read, and file descriptors for the agent. */
export interface AgentPipes extends Pick<PipeEnds, 'writeFds'> {
  readonly stdout: Source;
  readonly stderr: Source;
  /** To be called once the agent has been started: otherwise the pipes never end. */
  readonly closeWriteEnds: () => void;
  /** Tries to enlarge the pipes to 1 MiB, as room for bursts; the system gives them 64 KiB. */
  readonly enlarge: () => void;
  /** The agent was not started. */
  readonly close: () => void;
}

/**
 * Real pipes for stdout and stderr, as a container runtime provides them. Node itself makes sockets, which cannot be
 * opened as /dev/stdout and are full after some 300 short lines, so that an agent that logs and calls process.exit()
 * loses more lines than necessary. Undefined where none can be made.
 */
export function openAgentPipes(
  env: NodeJS.ProcessEnv,
  clock: Pick<Clock, 'monotonic' | 'after'>,
): AgentPipes | undefined {
  const ends = makePipes(env, clock);
  if (ends === undefined) return undefined;
  const { readFds, writeFds } = ends;
  const [stdout, stderr] = [pipeSource(readFds[0], clock), pipeSource(readFds[1], clock)];
  const onEnlarged = (): void => {
    stdout.onEnlarged();
    stderr.onEnlarged();
  };
  return {
    stdout,
    stderr,
    writeFds,
    closeWriteEnds: () => closeAll(writeFds),
    enlarge: () => enlarge({ fds: readFds, env: bareEnvironment(env), onEnlarged }),
    close: () => closeAll([...readFds, ...writeFds]),
  };
}

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) closeSync(fd);
}

/** F_SETPIPE_SZ to 1 MiB, which every user may set (pipe(7)), by a program of the image that can call it. */
const ENLARGERS = [
  ['perl', '-e', 'for (3, 4) { open($f, "+<&=$_") && fcntl($f, 1031, 1 << 20) || exit 1 }'],
  ['python3', '-ISc', 'import fcntl\nfor f in 3, 4: fcntl.fcntl(f, 1031, 1 << 20)'],
] as const;

interface Enlarging {
  readonly fds: readonly [number, number];
  readonly env: NodeJS.ProcessEnv;
  readonly onEnlarged: () => void;
}

/** Tries one program after the other, while the agent runs already. */
function enlarge(enlarging: Enlarging, attempt = 0): void {
  const { fds, env, onEnlarged } = enlarging;
  const [file, ...args] = ENLARGERS[attempt] ?? [];
  if (file === undefined || process.platform !== 'linux') return;
  const tryNext = (): void => enlarge(enlarging, attempt + 1);
  try {
    const stdio = ['ignore', 'ignore', 'ignore', ...fds] as const;
    const child = spawn(file, args, { stdio: [...stdio], env });
    child.on('error', tryNext);
    child.on('exit', (code) => (code === 0 ? onEnlarged() : tryNext()));
    child.unref();
  } catch {
    // No process is left, and the agent does without.
  }
}
