import type { ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import type { Clock } from '../../shared/base/clock.ts';
import { type Source, streamSource } from '../input/source.ts';
import type { StartedCommand } from '../launcher/start.ts';
import { type AgentEnd, endOf } from './agent-end.ts';
import { notStarted } from './not-started.ts';
import { openAgentPipes } from './pipes.ts';
import { type OutputFds, spawned } from './spawned.ts';

export interface Agent extends AgentOutputs {
  /** Whether the command runs. */
  readonly started: boolean;
  /** What is not as it should be for the command, in one line for whoever runs us. */
  readonly notice: string | undefined;
  /** Settles when the command's own process has ended; its children may still hold its output open. */
  readonly ended: Promise<AgentEnd>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Undefined if it was not started. */
  readonly pid: number | undefined;
}

/** How the agent is started. */
export interface AgentStart {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** The command, or what becomes the command. */
  readonly started: StartedCommand;
}

interface AgentOutputs {
  readonly stdout: Source;
  readonly stderr: Source;
  /** Gives its output room for bursts, if that is possible; it starts further processes. */
  readonly enlargePipes: () => void;
}

/** Starts the command with our stdin and with pipes for its output. Where it starts, that takes no turn of the event loop. */
export async function startAgent(
  { command, env, started }: AgentStart,
  clock: Pick<Clock, 'monotonic' | 'after'>,
): Promise<Agent> {
  let failure: unknown;
  for (const openWay of WAYS) {
    const way = openWay(env, clock);
    if (way === undefined) continue;
    const attempt = await spawned(started, env, way.stdio);
    if (attempt.kind === 'started') return running(attempt.child, way);
    way.close();
    failure = attempt.error;
    if (!isShortOfDescriptors(failure)) break;
  }
  return {
    ...noOutputs(),
    started: false,
    notice: undefined,
    ended: Promise.resolve(notStarted(failure, command[0], env)),
    signal: () => {},
    pid: undefined,
  };
}

function running(child: ChildProcess, way: Way): Agent {
  return {
    ...way.outputsOf(child),
    started: true,
    notice: way.notice,
    ended: endOf(child),
    signal: (signal) => void child.kill(signal),
    pid: child.pid,
  };
}

/** Where the command's output goes to. */
interface Way {
  readonly stdio: OutputFds;
  readonly notice?: string;
  /** To be called at once when the command has been started. */
  readonly outputsOf: (child: ChildProcess) => AgentOutputs;
  /** The command was not started. */
  readonly close: () => void;
}

/** The best first. Each needs fewer file descriptors than the one before, and the last one none of its own. */
const WAYS: readonly ((
  env: NodeJS.ProcessEnv,
  clock: Pick<Clock, 'monotonic' | 'after'>,
) => Way | undefined)[] = [byPipes, bySockets, byOurOwnOutputs];

function byPipes(env: NodeJS.ProcessEnv, clock: Pick<Clock, 'monotonic' | 'after'>): Way | undefined {
  const pipes = openAgentPipes(env, clock);
  if (pipes === undefined) return undefined;
  return {
    stdio: pipes.writeFds,
    outputsOf: () => {
      pipes.closeWriteEnds();
      return { ...pipes, enlargePipes: pipes.enlarge };
    },
    close: pipes.close,
  };
}

function bySockets(): Way {
  return {
    stdio: ['pipe', 'pipe'],
    notice:
      'the command cannot open /dev/stdout and /dev/stderr by their names (ENXIO), since no pipe could be made for it: ' +
      'have mkfifo and a folder that can be written (TMPDIR, /dev/shm), or a shell as /bin/sh',
    outputsOf: ({ stdout, stderr }) =>
      stdout === null || stderr === null ? noOutputs() : byStreams(stdout, stderr),
    close: () => {},
  };
}

function byOurOwnOutputs(): Way {
  return {
    stdio: ['inherit', 'inherit'],
    notice:
      'the command writes to our own output itself, and its lines are not sent: there are too few file descriptors for ' +
      'pipes; raise the limit of open files (ulimit -n)',
    outputsOf: noOutputs,
    close: () => {},
  };
}

function byStreams(stdout: Readable, stderr: Readable): AgentOutputs {
  return { stdout: streamSource(stdout), stderr: streamSource(stderr), enlargePipes: () => {} };
}

function noOutputs(): AgentOutputs {
  return byStreams(Readable.from([]), Readable.from([]));
}

function isShortOfDescriptors(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EMFILE' || code === 'ENFILE';
}
