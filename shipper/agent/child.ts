import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Readable } from 'node:stream';
import type { Clock } from '../../shared/base/clock.ts';
import { type Source, streamSource } from '../input/source.ts';
import type { StartedCommand } from '../launcher/start.ts';
import { type NotStarted, notStarted } from './not-started.ts';
import { openAgentPipes } from './pipes.ts';

/** How a command ended: with a code, by a signal, or it was never started. */
export type AgentEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | NotStarted;

export interface Agent {
  readonly stdout: Source;
  readonly stderr: Source;
  /** Whether the command runs. */
  readonly started: Promise<boolean>;
  /** Settles when the command's own process has ended; its children may still hold its output open. */
  readonly ended: Promise<AgentEnd>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Undefined if it was not started. */
  readonly pid: number | undefined;
  /** Gives its output room for bursts, if that is possible; it starts further processes. */
  readonly enlargePipes: () => void;
}

/** How the agent is started. */
export interface AgentStart {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** The command, or what becomes the command. */
  readonly started: StartedCommand;
}

/** Starts the command with our stdin and with pipes for its output. */
export function startAgent(
  { command, env, started }: AgentStart,
  clock: Pick<Clock, 'monotonic' | 'after'>,
): Agent {
  const [file] = command;
  const pipes = openAgentPipes(clock);
  const outputs = pipes?.writeFds ?? (['pipe', 'pipe'] as const);
  const stdio = ['inherit', ...outputs, ...started.moreStdio] as const;
  try {
    const child = spawn(started.file, started.args, { env, stdio: [...stdio] });
    return {
      ...(pipes ?? outputsOf(child)),
      ended: endOf(child, (error) => notStarted(error, file, env)),
      started: startOf(child),
      signal: (signal) => void child.kill(signal),
      pid: child.pid,
      enlargePipes: () => pipes?.enlarge(),
    };
  } catch (error) {
    // Errors such as E2BIG are thrown; ENOENT and EACCES come as events.
    const ended = Promise.resolve(notStarted(error, file, env));
    return {
      ...(pipes ?? outputsOf({ stdout: null, stderr: null })),
      ended,
      started: Promise.resolve(false),
      signal: () => {},
      pid: undefined,
      enlargePipes: () => {},
    };
  } finally {
    pipes?.closeWriteEnds();
  }
}

interface Outputs {
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

/** If the command was not started there are no streams; empty ones take their place. */
function outputsOf({ stdout, stderr }: Outputs): Pick<Agent, 'stdout' | 'stderr'> {
  return {
    stdout: streamSource(stdout ?? Readable.from([])),
    stderr: streamSource(stderr ?? Readable.from([])),
  };
}

function startOf(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
}

function endOf(child: ChildProcess, notStartedBy: (error: unknown) => NotStarted): Promise<AgentEnd> {
  return new Promise((resolve) => {
    // An error after the start is about a signal that could not be sent; it changes nothing.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(notStartedBy(error));
    });
    child.on('exit', (code, signal) => {
      // A command that could not be started "exits" too, with a negative code.
      if (child.pid === undefined) return;
      resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal });
    });
  });
}

/** The exit code that says the same: 128 + n if signal n killed it. */
export function exitCode(end: AgentEnd): number {
  return end.kind === 'killed' ? 128 + (constants.signals[end.signal] ?? 0) : end.code;
}
