import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { standInCredentials } from '../../local/function-environment.ts';
import type { Summary } from '../../shipper/summary.ts';
import { type Plan, type Step, type Write, writesOf } from './plan.ts';

/** The shipper's own words, apart from the agent's stderr. */
const MESSAGES_FD = 3;

/** Nobody waits to kill a shipper here, and the machine may be busy; a row that is about the end says otherwise. */
const PATIENCE = '100s';

/** An agent, and the shipper in front of it. */
export interface AgentOptions {
  /** Default `CA_fault` and `W1`. */
  readonly agentId?: string;
  readonly workerId?: string;
  /** What the writing agent does; or any command, and what it writes. */
  readonly does:
    | readonly Step[]
    | { readonly command: readonly string[]; readonly writes: () => Iterable<Write> };
  /** Further options of `log-drain run`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Who reads the copy of the agent's output: default everything is read and thrown away. */
  readonly copy?: 'read' | 'never read' | 'closed';
  /** Before the writing agent's own command, such as a shell that starts it in some way. */
  readonly through?: readonly string[];
  /** The same agent again: its lines were counted when it was first started. */
  readonly isRepeat?: boolean;
}

/** What the stage gives to an agent. */
export interface AgentSurroundings {
  readonly program: string;
  readonly writer: string;
  /** Of this agent alone. */
  readonly dir: string;
  readonly marker: string;
  readonly streamName: string;
  readonly kinesisEndpoint: string;
  readonly onMessage: (text: string) => void;
}

export interface Agent {
  readonly shipper: ChildProcess;
  /** What it will have written in the end. */
  readonly writes: () => Iterable<Write>;
  readonly workerId: string;
  /** The shipper's exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What the shipper counted; undefined if it could not say. */
  readonly summary: () => Summary | undefined;
  /** Time that the agent spent in its writes; undefined for other commands. */
  readonly writingMs: () => number | undefined;
}

export interface WritingAgent {
  readonly command: readonly string[];
  readonly writingMs: () => number | undefined;
}

/** The command that follows a plan. */
export function writingAgent(plan: Plan, writer: string, dir: string): WritingAgent {
  const [planFile, timesFile] = [join(dir, 'plan.json'), join(dir, 'times.json')];
  writeFileSync(planFile, JSON.stringify(plan));
  return {
    command: [process.execPath, writer, planFile, timesFile],
    writingMs: () => (jsonIn(timesFile) as { readonly writingMs: number } | undefined)?.writingMs,
  };
}

/** Starts `log-drain run` as in production, in front of an agent. */
export function startAgent(options: AgentOptions, around: AgentSurroundings): Agent {
  const { agentId = 'CA_fault', workerId = 'W1', does, flags = [], env = {} } = options;
  const { copy = 'read', through = [] } = options;
  const plan = 'command' in does ? undefined : { marker: around.marker, name: workerId, steps: does };
  const own = plan === undefined ? undefined : writingAgent(plan, around.writer, around.dir);
  const command = 'command' in does ? does.command : [...through, ...(own?.command ?? [])];
  const summaryFile = join(around.dir, 'summary.json');
  const args = ['run', '--agent-id', agentId, '--worker-id', workerId, '--stream', around.streamName].concat(
    ['--drain-timeout', PATIENCE, '--summary-file', summaryFile, '--messages-file', `/dev/fd/${MESSAGES_FD}`],
    flags,
  );
  const shipper = spawn(process.execPath, [around.program, ...args, '--', ...command], {
    env: {
      PATH: process.env['PATH'],
      ...standInCredentials(),
      AWS_ENDPOINT_URL_KINESIS: around.kinesisEndpoint,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  for (const output of [shipper.stdout, shipper.stderr]) {
    if (copy === 'read') output?.resume();
    if (copy === 'closed') output?.destroy();
  }
  const messages = shipper.stdio[MESSAGES_FD];
  if (messages instanceof Readable) {
    messages.setEncoding('utf8').on('data', around.onMessage);
  }
  return {
    shipper,
    workerId,
    writes: 'command' in does ? does.writes : () => (plan === undefined ? [] : writesOf(plan)),
    ended: once(shipper, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals),
    summary: () => jsonIn(summaryFile) as Summary | undefined,
    writingMs: () => own?.writingMs(),
  };
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
