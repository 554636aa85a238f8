import { resolve } from 'node:path';
import { startAgentRun } from '../../local/agent-run.ts';
import { startTwin } from '../../local/local-stack.ts';
import { linesSetAside } from '../../local/set-aside.ts';
import { linesOf } from '../helpers/accepted-lines.ts';

export const AGENT = 'CA_peer';
export const WORKER = 'CAW_peer';

/** The whole way of a line to a real syslog receiver: agent, shipper, stream, mapping, built function. */
export interface Chain {
  /** Bytes of the agent's stdout so far. */
  readonly writtenBytes: () => number;
  /** Lines of the agent's stdout so far. */
  readonly written: () => readonly string[];
  /** Passes SIGTERM on to the agent. */
  readonly endAgent: () => void;
  /** Resolves when the agent has ended and every line is delivered or set aside; rejects if the shipper kept some. */
  readonly settled: () => Promise<void>;
  /** Sum of a metric of the function. */
  readonly metric: (name: string) => number;
  /** Texts of the lines that were set aside, the shipper's events included. */
  readonly setAside: () => readonly string[];
  readonly close: () => Promise<void>;
}

export interface ChainOptions {
  readonly settings: Readonly<Record<string, string>>;
  /** The agent. */
  readonly command: readonly string[];
}

/** Starts all of it and the agent. */
export async function startChain({ settings, command }: ChainOptions): Promise<Chain> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const twin = await startTwin({
    places: [{ id: 'syslog', kind: 'real', settings }],
    shards: 1,
    faults: {},
    distDir: resolve('dist'),
    onAccepted: () => undefined,
    onFunctionLog: () => undefined,
  });
  const agent = startAgentRun({
    program: resolve('dist', 'log-drain.mjs'),
    command,
    twin,
    agentId: AGENT,
    workerId: WORKER,
    onOutput: (stream, chunk) => {
      if (stream !== 'stdout') return;
      chunks.push(chunk);
      bytes += chunk.length;
    },
  });
  return {
    writtenBytes: () => bytes,
    written: () => linesOf(Buffer.concat(chunks)),
    endAgent: () => agent.signal('SIGTERM'),
    settled: async () => {
      const counts = await agent.ended;
      if (counts?.dropped !== 0 || counts.unsent !== 0) throw new Error('the shipper kept lines to itself');
      await twin.drained();
    },
    metric: (name) => twin.drains.reduce((sum, { metrics }) => sum + metrics.metric(name).sum, 0),
    setAside: () => twin.drains.flatMap((drain) => linesSetAside(drain, twin.parked).map(({ text }) => text)),
    close: async () => {
      await agent.kill();
      await twin.close();
    },
  };
}
