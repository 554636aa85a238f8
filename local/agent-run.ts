import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { ownEnvironment } from '../shared/settings/environment.ts';
import { standInCredentials } from './function-environment.ts';
import type { Kinesis } from './kinesis/kinesis.ts';

/** The shipper's own messages, apart from the agent's stderr. */
const MESSAGES_FD = 3;

export interface AgentRunOptions {
  /** The shipper's program, `dist/log-drain.mjs`. */
  readonly program: string;
  readonly command: readonly string[];
  readonly kinesis: Kinesis;
  readonly agentId: string;
  readonly workerId: string;
  /** What the agent wrote; the shipper waits until the chunk is dealt with. */
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  /** What the shipper says itself, and the agent's output where that is `shown`. */
  readonly messages: Writable;
  readonly shown: boolean;
}

/** Of compressed lines: what the stream has no room for stays with the agent, not in memory. */
const BUFFER_BYTES = 2 * 1024 * 1024;

/** What the shipper counted; undefined if it could not say. */
export interface ShipperCounts {
  readonly dropped: number;
  readonly unsent: number;
}

export interface AgentRun {
  readonly ended: Promise<ShipperCounts | undefined>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Ends the agent even if it ignores SIGTERM, and the shipper with what it still holds. */
  readonly kill: () => Promise<void>;
}

/** How long an agent has to die of SIGQUIT, and then the shipper's pipes to end. */
const KILL_MS = 500;

/** Runs a command under the shipper as in production, but for a full buffer: here it waits instead of dropping. */
export function startAgentRun(options: AgentRunOptions): AgentRun {
  const { program, command, kinesis, agentId, workerId } = options;
  const dir = mkdtempSync(join(tmpdir(), 'log-drain-'));
  const summaryFile = join(dir, 'summary.json');
  const flags = {
    '--agent-id': agentId,
    '--worker-id': workerId,
    '--stream': kinesis.streamName,
    '--when-full': 'block',
    '--buffer-bytes': String(BUFFER_BYTES),
    '--when-tee-full': 'block',
    '--drain-timeout': '60',
    '--summary-file': summaryFile,
    '--messages-file': `/dev/fd/${MESSAGES_FD}`,
  };
  const child = spawn(process.execPath, [program, 'run', ...Object.entries(flags).flat(), '--', ...command], {
    env: shipperEnvironment(kinesis),
    stdio: ['inherit', 'pipe', 'pipe', 'pipe'],
  });
  const ended = endOf(child, options).then(() => countsOf(summaryFile, dir));
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
function shipperEnvironment({ endpoint }: Kinesis): NodeJS.ProcessEnv {
  const aws = { ...standInCredentials(), AWS_ENDPOINT_URL_KINESIS: endpoint };
  const forSender = Object.entries(aws).map(([name, value]) => [`LOG_DRAIN_${name}`, value] as const);
  return { ...ownEnvironment(), ...Object.fromEntries(forSender) };
}

/** Reads all there is; what is read goes on to where a person sees it, and waits for that. */
async function endOf(child: ChildProcess, { onOutput, messages, shown }: AgentRunOptions): Promise<void> {
  const read = async (readable: unknown, stream?: 'stdout' | 'stderr'): Promise<void> => {
    if (!(readable instanceof Readable)) return;
    for await (const chunk of readable as AsyncIterable<Buffer>) {
      if (stream !== undefined) onOutput(stream, chunk);
      const isShown = shown || stream === undefined;
      if (isShown && !messages.write(chunk)) await once(messages, 'drain');
    }
  };
  await Promise.all([
    read(child.stdout, 'stdout'),
    read(child.stderr, 'stderr'),
    read(child.stdio[MESSAGES_FD]),
    once(child, 'exit'),
  ]);
}

function countsOf(summaryFile: string, dir: string): ShipperCounts | undefined {
  try {
    const { dropped, unsent } = JSON.parse(readFileSync(summaryFile, 'utf8')) as Partial<ShipperCounts>;
    return { dropped: dropped ?? 0, unsent: unsent ?? 0 };
  } catch {
    return undefined;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
