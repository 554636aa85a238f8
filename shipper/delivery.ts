import type { Say } from './base/logger.ts';
import type { Batch } from './batch/batch.ts';
import { createPacker, type NumberedLines, type Source } from './batch/record-encoder.ts';
import type { SpoolTask, StreamAddress } from './protocol/messages.ts';
import { createCustody } from './queue/spooled-records.ts';
import { createOutbox } from './queue/unsent-records.ts';
import { createSenderProcess } from './sender-process/supervisor.ts';

/**
 * Bytes of agent output that may wait for compression: past that the oldest are dropped, while a writer that can wait
 * is told to as soon as there is enough to do.
 */
const MAX_RAW_BYTES = { drop: 32 * 1024 * 1024, block: 4 * 1024 * 1024 } as const;

export interface DeliveryOptions {
  readonly source: Source;
  readonly stream: StreamAddress;
  /** The sender's program and its environment. */
  readonly sender: { readonly path: string; readonly env: NodeJS.ProcessEnv };
  /** Bytes of compressed records that may wait for Kinesis. */
  readonly bufferBytes: number;
  readonly whenFull: 'drop' | 'block';
  /** Where records are kept on disk until Kinesis took them. */
  readonly spool: SpoolTask | undefined;
  readonly say: Say;
  readonly onLost: (lost: NumberedLines) => void;
  /** Lines of earlier shippers that the spool had to give up. */
  readonly onForeignLost: (lines: number) => void;
  /** With `block`: whoever writes is to stop, or may go on. */
  readonly onFull: (full: boolean) => void;
}

/** From batches to records that Kinesis took. */
export interface Delivery {
  readonly push: (batch: Batch) => void;
  /** Those that Kinesis has not taken, in the spool or not. */
  readonly unsentLines: () => number;
  /** Those of them that are in the spool. */
  readonly spooledLines: () => number;
  /** Calls `listener` whenever records were taken, by Kinesis or the spool. */
  readonly onProgress: (listener: () => void) => void;
  /** Why nothing is taken at present, in plain words. */
  readonly trouble: () => string | undefined;
  /** From now on nothing is dropped for want of room: what waits is all there will be. */
  readonly seal: () => void;
  /** Time is running out. */
  readonly hurry: () => void;
  /** Ends the sender, whatever is left. */
  readonly stop: () => void;
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { source, stream, bufferBytes, whenFull, say, onLost } = options;
  const dropWhenFull = whenFull === 'drop';
  const maxWaitingBytes = MAX_RAW_BYTES[whenFull];
  const listeners: (() => void)[] = [];
  let trouble: string | undefined;

  const checkRoom = onChange(false, (full) => {
    if (!dropWhenFull) options.onFull(full);
  });
  const isFull = (): boolean => packer.waitingBytes() >= maxWaitingBytes || outbox.bytes() >= bufferBytes;

  const outbox = createOutbox({ maxBytes: bufferBytes, dropWhenFull, onLost });
  const packer = createPacker({
    source,
    maxWaitingBytes,
    dropWhenFull,
    onLost,
    onRecord: (record) => {
      outbox.add(record);
      sender.wake();
      checkRoom(isFull());
    },
  });
  const custody = createCustody({ ...options, outbox });
  const sender = createSenderProcess({
    ...options.sender,
    task: { stream, partitionKey: source.workerId, spool: options.spool },
    outbox,
    custody,
    onDeath: (how, restartMs) => say('sender', deathNotice(how, restartMs)),
    onTrouble: (text) => {
      trouble = text;
      if (text === undefined) say('well', 'Kinesis takes records again');
      else say(text, `${text}; lines wait to be sent`);
    },
    onTaken: () => {
      checkRoom(isFull());
      for (const listener of listeners) listener();
    },
  });

  return {
    push: (batch) => {
      packer.push(batch);
      checkRoom(isFull());
    },
    unsentLines: () => packer.waitingLines() + outbox.lines() + custody.spooledLines(),
    spooledLines: custody.spooledLines,
    onProgress: (listener) => listeners.push(listener),
    trouble: () => trouble,
    seal: () => {
      packer.seal();
      outbox.seal();
    },
    hurry: sender.hurry,
    stop: sender.stop,
  };
}

function deathNotice(how: string, restartMs: number): string {
  return `the sending process ended (${how}) and starts again in ${restartMs} ms; its lines are kept`;
}

function onChange(initial: boolean, listener: (value: boolean) => void): (value: boolean) => void {
  let last = initial;
  return (value) => {
    if (value === last) return;
    last = value;
    listener(value);
  };
}
