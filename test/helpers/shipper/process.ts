import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, vi } from 'vitest';
import { decodeRecord } from '../../../shared/record/decode.ts';
import { FLAG_EVENTS, type StreamCode } from '../../../shared/record/format.ts';
import { textOf } from '../../../shared/record/lines.ts';
import type { FakeKinesis } from '../aws/fake-kinesis.ts';
import { preloadSender } from './sender-preload.ts';

export interface ShipperRun {
  readonly entry: string;
  readonly kinesis: { readonly endpoint: string };
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: none at all. */
  readonly stdin?: string | Buffer | { readonly leftOpen: true };
  readonly cwd?: string;
  /** Before the command, such as a shell that starts it in some way. */
  readonly through?: readonly string[];
  /** Started by the launcher, which finds this Node. */
  readonly launcher?: boolean;
  /** A module that the sender loads before anything else. */
  readonly senderPreload?: string;
}

export interface RunningShipper {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Exit code once it has ended and its output is read. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface ShippedLine {
  readonly seq: number;
  readonly stream: StreamCode;
  readonly text: string;
  readonly flags: number;
}

/** Starts the built command with settings that reach the fake, and with nothing of our own environment but PATH. */
export function startShipper({
  entry,
  kinesis,
  args,
  env = {},
  stdin = '',
  cwd,
  through = [],
  launcher = false,
  senderPreload,
}: ShipperRun): RunningShipper {
  const start = launcher ? [entry.replace(/\.mjs$/, '')] : [process.execPath, entry];
  const [file = process.execPath, ...rest] = [...through, ...start, ...args];
  const child = spawn(file, rest, {
    ...(cwd === undefined ? {} : { cwd }),
    stdio: 'pipe',
    env: {
      PATH: process.env.PATH,
      ...(launcher ? { LOG_DRAIN_NODE: process.execPath } : {}),
      LOG_DRAIN_STREAM: 'agent-logs',
      LOG_DRAIN_AGENT_ID: 'CA_test',
      LOG_DRAIN_WORKER_ID: 'W1',
      AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
      ...(senderPreload === undefined ? {} : preloadSender(entry, senderPreload)),
      ...env,
    },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString('latin1');
    });
  }
  child.stdin.on('error', () => {});
  if (typeof stdin === 'string' || Buffer.isBuffer(stdin)) child.stdin.end(stdin);
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null),
  };
}

/** All lines that the fake took, in order of arrival, copies and all. */
export function arrivedLines(kinesis: FakeKinesis): readonly ShippedLine[] {
  const lines: ShippedLine[] = [];
  for (const data of kinesis.taken) {
    const decoded = decodeRecord(data, { arrivalMs: 0 });
    if (decoded.kind !== 'lines') throw new Error(`a record cannot be read: ${decoded.reason}`);
    for (const group of decoded.groups) {
      for (const run of group.runs) {
        for (let at = run.first; at < run.first + run.count; at += 1) {
          const text = textOf(group, at);
          lines.push({ seq: group.seq + at, stream: run.stream, text, flags: run.flags });
        }
      }
    }
  }
  return lines;
}

/** All lines that the fake took from one shipper, copies left out, in order of their numbers. */
export function shippedLines(kinesis: FakeKinesis): readonly ShippedLine[] {
  const lines = new Map(arrivedLines(kinesis).map((line) => [line.seq, line]));
  return [...lines.values()].sort((one, other) => one.seq - other.seq);
}

/** The agent's own lines of a stream. */
export function agentLines(kinesis: FakeKinesis, stream: StreamCode): readonly string[] {
  return shippedLines(kinesis)
    .filter((line) => line.stream === stream && (line.flags & FLAG_EVENTS) === 0)
    .map(({ text }) => text);
}

/** Our own events, parsed. */
export function events(kinesis: FakeKinesis): readonly Readonly<Record<string, unknown>>[] {
  return shippedLines(kinesis)
    .filter(({ flags }) => (flags & FLAG_EVENTS) !== 0)
    .map(({ text }) => JSON.parse(text) as Record<string, unknown>);
}

export function eventNames(kinesis: FakeKinesis): readonly unknown[] {
  return events(kinesis).map(({ event }) => event);
}

/** Process ids of the sender that belongs to a shipper, read from /proc. */
export function senderPids(shipper: Pick<RunningShipper, 'child'>): readonly number[] {
  return childPids(shipper.child.pid).filter((pid) => commandLine(pid).includes('sender.mjs'));
}

/** Waits for the sender's process. Never a made-up id: a signal to -1 goes to every process of the machine. */
export function senderPid(shipper: Pick<RunningShipper, 'child'>): Promise<number> {
  return vi.waitFor(() => {
    const [pid] = senderPids(shipper);
    if (pid === undefined) throw new Error('the shipper has no sender');
    return pid;
  }, 30_000);
}

/** Ends a shipper and its sender by force; both are gone afterwards, with the lock on their spool. */
export async function killWithSender(shipper: RunningShipper): Promise<void> {
  const pids = senderPids(shipper);
  shipper.child.kill('SIGKILL');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await shipper.ended;
  await vi.waitFor(() => expect(pids.map(commandLine)).toEqual(pids.map(() => '')), 30_000);
}

/** Process ids of the children of a process. */
export function childPids(parent: number | undefined): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parent !== undefined && parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** A process's command, empty if it has ended. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
