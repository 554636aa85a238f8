import { type ChildProcess, fork } from 'node:child_process';
import { Writable } from 'node:stream';
import type { Outbox } from './outbox.ts';
import { frameHeader } from './sender/frames.ts';
import { type Hurry, parseSenderMessage, type SenderMessage, type SenderTask } from './sender/messages.ts';

const MIN_RESTART_MS = 1_000;
const MAX_RESTART_MS = 30_000;
/** Records are held outside of this heap; what grows past it is a fault that a fresh process cures. */
const MAX_HEAP_MIB = 256;
/** The child's file descriptor that brings the records. */
export const RECORDS_FD = 4;
/** Of the sender's stderr, enough to tell why it died. */
const MAX_LAST_WORDS = 4_096;

export interface SenderProcessOptions {
  /** The sender's program. */
  readonly path: string;
  readonly task: SenderTask;
  readonly outbox: Outbox;
  /** One line for whoever runs us; the same `topic` is not told again within a minute. */
  readonly say: (topic: string, text: string) => void;
  /** Records were taken: there is room in the outbox, or it is empty. */
  readonly onTaken: () => void;
}

/** The process that holds the SDK: started with the first record, and again whenever it dies. */
export interface SenderProcess {
  /** There may be a record to send. */
  readonly wake: () => void;
  readonly hurry: () => void;
  /** Why records are not taken at present, in plain words. */
  readonly trouble: () => string | undefined;
  /** Ends it for good, whatever it is doing. */
  readonly stop: () => void;
}

interface Running {
  readonly child: ChildProcess;
  readonly records: Writable;
  ready: boolean;
}

export function createSenderProcess(options: SenderProcessOptions): SenderProcess {
  const { path, task, outbox, say, onTaken } = options;
  let current: Running | undefined;
  let restart: NodeJS.Timeout | undefined;
  let deaths = 0;
  let hurried = false;
  let stopped = false;
  let trouble: string | undefined;

  const handOver = (): void => {
    if (current === undefined || !current.ready) return;
    for (let record = outbox.take(); record !== undefined; record = outbox.take()) {
      current.records.write(frameHeader(record.id, record.data.length));
      current.records.write(record.data);
    }
  };

  const onMessage = (message: SenderMessage, from: Running): void => {
    switch (message.kind) {
      case 'ready':
        from.ready = true;
        if (hurried) hurryUp(from.child);
        handOver();
        return;
      case 'taken':
        deaths = 0;
        for (const id of message.ids) outbox.settle(id);
        handOver();
        onTaken();
        return;
      case 'trouble':
        trouble = message.text;
        say(message.text, `${message.text}; lines are kept and sent later`);
        return;
      case 'well':
        trouble = undefined;
        say('well', 'Kinesis takes records again');
    }
  };

  const onDeath = (from: Running, how: string): void => {
    if (current !== from || stopped || restart !== undefined) return;
    from.ready = false;
    const delayMs = hurried ? MIN_RESTART_MS : Math.min(MAX_RESTART_MS, MIN_RESTART_MS * 2 ** deaths);
    deaths += 1;
    say('sender', `the sending process ended (${how}); starting it again in ${delayMs / 1_000} s, nothing is lost`);
    // What it had in hand is taken back only then: its last messages may still be on their way.
    restart = setTimeout(() => {
      restart = undefined;
      current = undefined;
      outbox.takeBack();
      onTaken();
      start();
    }, delayMs);
  };

  const start = (): void => {
    const child = fork(path, [JSON.stringify(task)], {
      execArgv: [`--max-old-space-size=${MAX_HEAP_MIB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    });
    const records = child.stdio[RECORDS_FD];
    if (!(records instanceof Writable)) throw new TypeError('the pipe to the sender cannot be written');
    const running: Running = { child, records, ready: false };
    current = running;
    const lastWords = keepLastWords(child);
    // A broken pipe is told by the exit, and so is a channel that fails.
    records.on('error', () => {});
    child.on('message', (raw) => {
      const message = parseSenderMessage(raw);
      if (message !== undefined && !stopped) onMessage(message, running);
    });
    child.on('error', (error) => onDeath(running, error.message));
    child.on('exit', (code, signal) => onDeath(running, describeDeath(signal ?? `code ${code}`, lastWords())));
  };

  return {
    wake: () => {
      if (current === undefined && !stopped) start();
      else handOver();
    },
    hurry: () => {
      hurried = true;
      if (current !== undefined) hurryUp(current.child);
    },
    trouble: () => trouble,
    stop: () => {
      stopped = true;
      clearTimeout(restart);
      current?.child.kill('SIGKILL');
    },
  };
}

function hurryUp(child: ChildProcess): void {
  const message: Hurry = { kind: 'hurry' };
  if (child.connected) child.send(message, () => {});
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
  if (/heap out of memory|Reached heap limit|invalid table size/i.test(words)) return `${how}, out of memory`;
  return how;
}
