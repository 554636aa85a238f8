import { type ChildProcess, fork } from 'node:child_process';
import { Writable } from 'node:stream';
import { frameHeader } from '../protocol/frames.ts';
import {
  ALIVE_EVERY_MS,
  type Hurry,
  parseSenderMessage,
  RECORDS_FD,
  type SenderMessage,
  type SenderTask,
} from '../protocol/messages.ts';
import type { Unsent } from '../queue/unsent-records.ts';

/** Records are held outside of this heap; what grows past it is a fault that a fresh process cures. */
const MAX_HEAP_MIB = 256;
/** Little of what it makes lives long enough to be worth the 48 MiB that V8 would take for what is young. */
const MAX_SEMI_SPACE_MIB = 1;
/** One arena for all threads, of which one alone does much: glibc's malloc would keep 1 MiB more (mallopt(3)). */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' } as const;
/** A heap near its limit can keep a process busy for minutes. Only while we run ourselves does the time count. */
const MAX_SILENT_TICKS = 20;
/** Of the sender's stderr, enough to tell why it died. */
const MAX_LAST_WORDS = 4_096;

export interface SenderChildOptions {
  /** The sender's program. */
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  readonly task: SenderTask;
  readonly onMessage: (message: SenderMessage) => void;
  /** Called once, with how it ended. */
  readonly onDeath: (how: string) => void;
}

/** One life of the sender. */
export interface SenderChild {
  readonly send: (record: Unsent) => void;
  readonly hurry: () => void;
  readonly kill: () => void;
}

/** Throws if no process can be started. */
export function startSenderChild({ path, env, task, onMessage, onDeath }: SenderChildOptions): SenderChild {
  const child = fork(path, [JSON.stringify(task)], {
    env: { ...ONE_ARENA, ...env },
    execArgv: [`--max-old-space-size=${MAX_HEAP_MIB}`, `--max-semi-space-size=${MAX_SEMI_SPACE_MIB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
  });
  const records = child.stdio[RECORDS_FD];
  if (!(records instanceof Writable)) throw new TypeError('the pipe to the sender cannot be written');
  const lastWords = keepLastWords(child);
  const watch = watchSilence(() => child.kill('SIGKILL'));
  let dead = false;
  const die = (how: string): void => {
    if (dead) return;
    dead = true;
    watch.end();
    onDeath(how);
  };
  // A broken pipe is told by the exit, and so is a channel that fails.
  records.on('error', () => {});
  child.on('message', (raw) => {
    const message = parseSenderMessage(raw);
    if (message === undefined) return;
    watch.heard();
    onMessage(message);
  });
  child.on('error', (error) => {
    if (child.pid === undefined) die(error.message);
  });
  child.on('exit', (code, signal) => die(describeDeath(signal ?? `code ${code}`, lastWords())));
  return {
    send: (record) => {
      records.write(frameHeader(record));
      records.write(record.data);
    },
    hurry: () => {
      const message: Hurry = { kind: 'hurry' };
      if (child.connected) child.send(message, () => {});
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Calls `onSilent` when nothing is heard for long; a sender that has not said anything yet is still loading. */
function watchSilence(onSilent: () => void): { readonly heard: () => void; readonly end: () => void } {
  let ticks = 0;
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    ticks += 1;
    if (ticks === MAX_SILENT_TICKS) onSilent();
  };
  return {
    heard: () => {
      ticks = 0;
      timer ??= setInterval(tick, ALIVE_EVERY_MS).unref();
    },
    end: () => clearInterval(timer),
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

/** What it wrote before its death may hold anything, so only known words are passed on. */
function describeDeath(how: string, words: string): string {
  return /heap out of memory|heap limit|table size/i.test(words) ? `${how}, out of memory` : how;
}
