import { type ChildProcess, fork } from 'node:child_process';
import { Writable } from 'node:stream';
import type { Clock } from '../../shared/base/clock.ts';
import { failureWords, failureWordsIn } from '../base/failure-words.ts';
import { frameHeader } from '../protocol/frames.ts';
import {
  HEARTBEAT_MS,
  type Hurry,
  parseSenderMessage,
  RECORDS_FD,
  type SenderMessage,
  type SenderTask,
} from '../protocol/messages.ts';
import type { UnsentRecord } from '../queue/unsent-records.ts';

/** Records are held outside of this heap; if it grows past this something is wrong, and a fresh process helps. */
const MAX_HEAP_MIB = 256;
/** Few of its objects live long enough to be worth the 48 MiB that V8 would use for young ones. */
const MAX_SEMI_SPACE_MIB = 1;
/** One arena for all threads, of which only one does much: glibc's malloc would keep 1 MiB more (mallopt(3)). */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' } as const;
/** It says so when it is loaded; a program that is loaded before it, by a debugger's doing, may hang. */
const MAX_LOADING_TICKS = 30;
/** A heap near its limit can keep a process busy for minutes. Time in which this process is stopped does not count. */
const MAX_SILENT_TICKS = 20;
/** The end of the sender's stderr that is kept, to tell why it crashed. */
const MAX_LAST_WORDS = 4_096;

/** The sender's program and its environment. */
export interface SenderProgram {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface SenderChildOptions {
  readonly task: SenderTask;
  readonly onMessage: (message: SenderMessage) => void;
  /** Called once, with how it ended. */
  readonly onExit: (how: string) => void;
}

/** One run of the sender. */
export interface SenderChild {
  readonly send: (record: UnsentRecord) => void;
  readonly hurry: () => void;
  readonly kill: () => void;
}

/** Starts a sender. Throws if no process can be started. */
export type StartSender = (options: SenderChildOptions) => SenderChild;

/** As `StartSender`, in a process of its own. */
export function startSenderChild(
  { path, env }: SenderProgram,
  clock: Pick<Clock, 'every'>,
  { task, onMessage, onExit }: SenderChildOptions,
): SenderChild {
  const child = fork(path, [JSON.stringify(task)], {
    env: { ...ONE_ARENA, ...env },
    execArgv: [`--max-old-space-size=${MAX_HEAP_MIB}`, `--max-semi-space-size=${MAX_SEMI_SPACE_MIB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
  });
  // There are none where no file descriptors are left, of which the error tells.
  const { stdio }: Partial<ChildProcess> = child;
  const pipe = stdio?.[RECORDS_FD];
  const records = pipe instanceof Writable ? pipe : undefined;
  const lastWords = keepLastWords(child);
  const watch = watchSilence(clock, () => child.kill('SIGKILL'));
  let ended = false;
  const end = (how: string): void => {
    if (ended) return;
    ended = true;
    watch.stop();
    onExit(how);
  };
  // The exit tells of a broken pipe, and of a channel that fails.
  records?.on('error', () => {});
  child.on('message', (raw) => {
    const message = parseSenderMessage(raw);
    if (message === undefined) return;
    watch.onMessage();
    onMessage(message);
  });
  child.on('error', (error) => {
    if (child.pid === undefined) end(failureWords(error));
  });
  child.on('exit', (code, signal) => end(describeExit(signal ?? `code ${code}`, lastWords())));
  return {
    send: (record) => {
      records?.write(frameHeader(record));
      records?.write(record.data);
    },
    hurry: () => {
      const message: Hurry = { kind: 'hurry' };
      if (child.connected) child.send(message, () => {});
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

interface SilenceWatch {
  readonly onMessage: () => void;
  readonly stop: () => void;
}

/** Calls `onSilent` when no message came for long; while it is loading, the sender has more time. */
function watchSilence(clock: Pick<Clock, 'every'>, onSilent: () => void): SilenceWatch {
  let ticksLeft = MAX_LOADING_TICKS;
  const timer = clock.every(HEARTBEAT_MS, () => {
    ticksLeft -= 1;
    if (ticksLeft === 0) onSilent();
  });
  timer.unref();
  return {
    onMessage: () => {
      ticksLeft = MAX_SILENT_TICKS;
    },
    stop: timer.cancel,
  };
}

function keepLastWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('latin1')).slice(-MAX_LAST_WORDS);
  });
  child.stderr?.on('error', () => {});
  return () => words;
}

/** What it wrote before the crash may hold anything, so only known words are passed on. */
function describeExit(how: string, words: string): string {
  const damage = failureWordsIn(words);
  if (damage !== undefined) return `${how}, ${damage}`;
  return /heap out of memory|heap limit|table size/i.test(words) ? `${how}, out of memory` : how;
}
