import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { standInCredentials } from '../../local/function-environment.ts';
import type { Summary } from '../../shipper/summary.ts';
import { copyOfCli, preloadSender } from '../../test/helpers/shipper/sender-preload.ts';
import type { ControlGroup } from './control-group.ts';
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
  /** A module that the sender loads before anything else. */
  readonly senderPreload?: string;
  /** Who reads the copy of the agent's output: by default everything is read and thrown away. */
  readonly copy?: CopyReader;
  /** Before the writing agent's own command, such as a shell that starts it in some way. */
  readonly through?: readonly string[];
  /** What starts the shipper within a control group, or in some other way. */
  readonly group?: Pick<ControlGroup, 'start'>;
  /** The same agent again: its lines were counted when it was first started. */
  readonly isRepeat?: boolean;
}

/**
 * `read`: by this process, which has other things to do; `slow`: some 2 MB a second; `stopped`: nothing before the
 * shipper's end; `cat`: by a program that writes it into this file; `file`: no reader, but this file, such as /dev/full.
 */
export type CopyReader =
  | 'read'
  | 'slow'
  | 'stopped'
  | 'closed'
  | { readonly cat: string }
  | { readonly file: string };

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
  /** The shipper's exit code or signal, when all that it said was read. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What the shipper counted; undefined if it could not say. */
  readonly summary: () => Summary | undefined;
  /** Bytes of the copy that its reader got; in a file, those that are in it. */
  readonly copied: () => Promise<number>;
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
  const { copy = 'read', through = [], group } = options;
  const plan = 'command' in does ? undefined : { marker: around.marker, name: workerId, steps: does };
  const own = plan === undefined ? undefined : writingAgent(plan, around.writer, around.dir);
  const command = 'command' in does ? does.command : [...through, ...(own?.command ?? [])];
  const summaryFile = join(around.dir, 'summary.json');
  const args = ['run', '--agent-id', agentId, '--worker-id', workerId, '--stream', around.streamName].concat(
    ['--drain-timeout', PATIENCE, '--summary-file', summaryFile, '--messages-file', `/dev/fd/${MESSAGES_FD}`],
    flags,
  );
  const place = typeof copy === 'object' ? openCopy(copy) : undefined;
  const { program, senderEnv } = programOf(options, around);
  const [start, ...startArgs] = [...(group?.start ?? []), process.execPath, program, ...args];
  const shipper = spawn(start ?? process.execPath, [...startArgs, '--', ...command], {
    env: {
      PATH: process.env['PATH'],
      ...standInCredentials(),
      AWS_ENDPOINT_URL_KINESIS: around.kinesisEndpoint,
      ...senderEnv,
      ...env,
    },
    stdio: ['ignore', place?.output ?? 'pipe', place?.output ?? 'pipe', 'pipe'],
  });
  place?.close();
  const counts = [shipper.stdout, shipper.stderr].flatMap((output) =>
    output === null || typeof copy === 'object' ? [] : readCopy(output, copy),
  );
  const messages = shipper.stdio[MESSAGES_FD];
  if (!(messages instanceof Readable)) throw new Error('the shipper has no pipe for its messages');
  messages.setEncoding('utf8').on('data', around.onMessage);
  const saidAll = once(messages, 'close');
  return {
    shipper,
    workerId,
    writes: 'command' in does ? does.writes : () => (plan === undefined ? [] : writesOf(plan)),
    ended: once(shipper, 'exit').then(async ([code, signal]) => {
      await saidAll;
      return (code ?? signal) as number | NodeJS.Signals;
    }),
    summary: () => jsonIn(summaryFile) as Summary | undefined,
    copied: async () => {
      if (place !== undefined) return place.bytes();
      const bytes = await Promise.all(counts);
      return bytes.reduce((sum, one) => sum + one, 0);
    },
    writingMs: () => own?.writingMs(),
  };
}

/** A sender that is changed is a copy's. */
function programOf(
  { senderPreload }: Pick<AgentOptions, 'senderPreload'>,
  { program, dir }: AgentSurroundings,
): { readonly program: string; readonly senderEnv: Readonly<Record<string, string>> } {
  if (senderPreload === undefined) return { program, senderEnv: {} };
  const copy = copyOfCli(program, join(dir, 'cli'));
  return { program: copy, senderEnv: preloadSender(copy, senderPreload) };
}

interface CopyPlace {
  readonly output: number | Writable;
  /** The shipper has it now. */
  readonly close: () => void;
  /** Resolves when all of it is there. */
  readonly bytes: () => Promise<number>;
}

function openCopy(copy: CopyReader & object): CopyPlace {
  if ('file' in copy) {
    const fd = openSync(copy.file, 'a');
    return { output: fd, close: () => closeSync(fd), bytes: async () => statSync(copy.file).size };
  }
  const fd = openSync(copy.cat, 'w');
  const cat = spawn('cat', { stdio: ['pipe', fd, 'ignore'] });
  closeSync(fd);
  const { stdin } = cat;
  if (stdin === null) throw new Error('cat has no stdin');
  const ended = once(cat, 'exit');
  const bytes = async (): Promise<number> => {
    await ended;
    return statSync(copy.cat).size;
  };
  return { output: stdin, close: () => stdin.destroy(), bytes };
}

/** Between two chunks of at most 64 KiB. */
const SLOW_EVERY_MS = 30;

/** Resolves with the number of bytes that were read, at the end. */
async function readCopy(output: Readable, how: CopyReader & string): Promise<number> {
  if (how === 'closed') {
    output.destroy();
    return 0;
  }
  let bytes = 0;
  output.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (how !== 'slow') return;
    output.pause();
    setTimeout(() => output.resume(), SLOW_EVERY_MS);
  });
  // Node resumes it when the process has ended.
  if (how === 'stopped') output.pause();
  await once(output, 'close');
  return bytes;
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
