import type { StreamCode } from '../shared/record/format.ts';
import { createBatcher, type LineCounts } from './batcher.ts';
import { type EventFields, eventLine } from './events.ts';
import { createLosses } from './losses.ts';
import { createOutbox } from './outbox.ts';
import { createPacker, type Source } from './packer.ts';
import { createSenderProcess } from './sender-process.ts';
import type { StreamAddress } from './sender/messages.ts';

/** Bytes of agent output that may wait for compression. */
const MAX_RAW_BYTES = 32 * 1024 * 1024;

export interface PipelineOptions {
  readonly source: Source;
  readonly stream: StreamAddress;
  /** The sender's program. */
  readonly senderPath: string;
  readonly maxLineBytes: number;
  /** Bytes of compressed records that may wait for Kinesis. */
  readonly bufferBytes: number;
  readonly whenFull: 'drop' | 'block';
  /** Our own events go into the stream. */
  readonly events: boolean;
  readonly say: (topic: string, text: string) => void;
  /** With `block`: whoever writes is to stop, or may go on. */
  readonly onFull: (full: boolean) => void;
}

/** From bytes to records that Kinesis took; one way, all bounded. */
export interface Pipeline {
  readonly write: (stream: StreamCode, chunk: Buffer) => void;
  /** The stream ended, or is taken to have. */
  readonly end: (stream: StreamCode) => void;
  readonly event: (event: EventFields) => void;
  /** Announces what is to be announced and sends the rest; nothing may be written afterwards. */
  readonly finish: (last?: EventFields) => void;
  /** Time is running out. */
  readonly hurry: () => void;
  readonly unsentLines: () => number;
  readonly droppedLines: () => number;
  readonly counts: () => LineCounts;
  /** Calls `listener` whenever records were taken. */
  readonly onProgress: (listener: () => void) => void;
  readonly trouble: () => string | undefined;
  /** Ends the sender, whatever is left. */
  readonly stop: () => void;
}

const later = (task: () => void, delayMs: number): (() => void) => {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
};

export function createPipeline(options: PipelineOptions): Pipeline {
  const { source, whenFull, bufferBytes, say } = options;
  const dropWhenFull = whenFull === 'drop';
  const listeners: (() => void)[] = [];
  let full = false;

  const event = (fields: EventFields): number | undefined =>
    options.events ? batcher.event(eventLine(source, fields)) : undefined;

  const losses = createLosses({
    schedule: later,
    announceDropped: (lines, total) => {
      say('dropped', `${lines} lines were dropped (${total} in all)`);
      const message = `log-drain dropped ${lines} lines`;
      return event({ level: 'error', event: 'LINES_DROPPED', message, lines, total });
    },
    announceSplit: (lines, total) => {
      const message = `log-drain split ${lines} lines longer than ${options.maxLineBytes} bytes`;
      event({ level: 'info', event: 'LINES_SPLIT', message, lines, total });
    },
  });

  const outbox = createOutbox({ maxBytes: bufferBytes, dropWhenFull, onLost: losses.dropped });

  const checkRoom = (): void => {
    const nowFull = packer.waitingBytes() >= MAX_RAW_BYTES || outbox.bytes() >= bufferBytes;
    if (dropWhenFull || nowFull === full) return;
    full = nowFull;
    options.onFull(full);
  };

  const progress = (): void => {
    checkRoom();
    for (const listener of listeners) listener();
  };

  const packer = createPacker({
    source,
    maxWaitingBytes: MAX_RAW_BYTES,
    dropWhenFull,
    onLost: losses.dropped,
    onRecord: (record) => {
      outbox.add(record);
      sender.wake();
      checkRoom();
    },
  });

  const sender = createSenderProcess({
    path: options.senderPath,
    task: { stream: options.stream, partitionKey: source.workerId },
    outbox,
    say,
    onTaken: progress,
  });

  const batcher = createBatcher({
    maxLineBytes: options.maxLineBytes,
    now: Date.now,
    schedule: later,
    onBatch: (batch) => {
      packer.push(batch);
      losses.split(batcher.counts().split);
      checkRoom();
    },
  });

  return {
    write: batcher.write,
    end: batcher.end,
    event,
    finish: (last) => {
      packer.seal();
      outbox.seal();
      if (last !== undefined) event(last);
      losses.split(batcher.counts().split);
      losses.announceNow();
      batcher.flush();
    },
    hurry: sender.hurry,
    unsentLines: () => packer.waitingLines() + outbox.lines(),
    droppedLines: losses.droppedLines,
    counts: batcher.counts,
    onProgress: (listener) => listeners.push(listener),
    trouble: sender.trouble,
    stop: sender.stop,
  };
}
