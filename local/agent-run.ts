import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { ownEnvironment } from '../shared/settings/environment.ts';
import type { Twin } from './local-stack.ts';

/** The shipper's own messages, apart from the agent's stderr. */
const MESSAGES_FD = 3;
/** Not a file: there may be no folder that can be written. */
const SUMMARY_FD = 4;

export interface AgentRunOptions {
  /** The shipper's program, `dist/log-drain.mjs`. */
  readonly program: string;
  readonly command: readonly string[];
  readonly twin: Pick<Twin, 'kinesis' | 'shipperEnvironment'>;
  readonly agentId: string;
  readonly workerId: string;
  /** What the agent wrote; the shipper waits until the chunk is dealt with. */
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  /** Each line that the shipper says itself. */
  readonly onMessage?: (line: string) => void;
  /** Shows what the agent wrote, and resolves when there is room for more. */
  readonly copy?: ((chunk: Buffer) => Promise<void>) | undefined;
}

/** Of compressed lines: what the stream has no room for stays with the agent, not in memory. */
const BUFFER_BYTES = 2 * 1024 * 1024;

/** What the shipper says of a run that has ended. */
export interface AgentRunEnd {
  /** Lines that it dropped, and lines that it still had at its own end. */
  readonly dropped: number;
  readonly unsent: number;
  /** Of the agent, or 126 and 127 of one that was not started. */
  readonly exitCode: number;
  readonly signal: string | null;
}

export interface AgentRun {
  /** Undefined: the shipper could not say. */
  readonly ended: Promise<AgentRunEnd | undefined>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Ends the agent even if it ignores SIGTERM, and the shipper with what it still holds. */
  readonly kill: () => Promise<void>;
}

/** How long an agent has to die of SIGQUIT, and then the shipper's pipes to end. */
const KILL_MS = 500;

/** Runs a command under the shipper as in production, but for a full buffer: here it waits instead of dropping. */
export function startAgentRun(options: AgentRunOptions): AgentRun {
  const { program, command, twin, agentId, workerId } = options;
  const flags = {
    '--agent-id': agentId,
    '--worker-id': workerId,
    '--stream': twin.kinesis.streamName,
    '--when-full': 'block',
    '--buffer-bytes': String(BUFFER_BYTES),
    '--when-tee-full': 'block',
    '--drain-timeout': '60',
    '--summary-file': `/dev/fd/${SUMMARY_FD}`,
    '--messages-file': `/dev/fd/${MESSAGES_FD}`,
  };
  const child = spawn(process.execPath, [program, 'run', ...Object.entries(flags).flat(), '--', ...command], {
    env: environmentOf(twin.shipperEnvironment),
    stdio: ['inherit', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const ended = endOf(child, options).then(endIn);
  return {
    ended,
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      child.kill('SIGQUIT');
      await Promise.race([ended, wait(KILL_MS)]);
      child.kill('SIGKILL');
      await Promise.race([ended, wait(KILL_MS)]);
    },
  };
}

/** The agent keeps its own environment, AWS variables included; the shipper reaches the embedded stream alone. */
function environmentOf(aws: Twin['shipperEnvironment']): NodeJS.ProcessEnv {
  const forSender = Object.entries(aws).map(([name, value]) => [`LOG_DRAIN_${name}`, value] as const);
  // Whoever starts `local` wants to see the shipper at work, whatever the image says. Descriptors that the launcher has seen
  // are others in it.
  const not = { LOG_DRAIN_OFF: undefined, LOG_DRAIN_START_FDS: undefined };
  return { ...ownEnvironment(), ...not, ...Object.fromEntries(forSender) };
}

/** Reads all there is, and returns the summary. The shipper waits for who sees the agent's output. */
async function endOf(child: ChildProcess, { onOutput, onMessage, copy }: AgentRunOptions): Promise<string> {
  const read = async (readable: unknown, stream: 'stdout' | 'stderr'): Promise<void> => {
    if (!(readable instanceof Readable)) return;
    for await (const chunk of readable as AsyncIterable<Buffer>) {
      onOutput(stream, chunk);
      await copy?.(chunk);
    }
  };
  const readMessages = async (readable: unknown): Promise<void> => {
    if (!(readable instanceof Readable)) return;
    for await (const line of createInterface({ input: readable })) onMessage?.(line);
  };
  const [summary] = await Promise.all([
    textOf(child.stdio[SUMMARY_FD]),
    read(child.stdout, 'stdout'),
    read(child.stderr, 'stderr'),
    readMessages(child.stdio[MESSAGES_FD]),
    once(child, 'exit'),
  ]);
  return summary;
}

async function textOf(readable: unknown): Promise<string> {
  let text = '';
  if (!(readable instanceof Readable)) return text;
  for await (const chunk of readable.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return text;
}

/** What a run's end looks like in the summary. */
interface SummaryEnd {
  readonly dropped?: number;
  readonly unsent?: number;
  readonly exit_code?: number;
  readonly signal?: string | null;
}

function endIn(text: string): AgentRunEnd | undefined {
  try {
    const summary = JSON.parse(text) as SummaryEnd;
    const { dropped = 0, unsent = 0, exit_code: exitCode = 0, signal = null } = summary;
    return { dropped, unsent, exitCode, signal };
  } catch {
    return undefined;
  }
}
