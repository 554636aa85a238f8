import type { Clock } from '../shared/base/clock.ts';
import type { Logger } from './base/logger.ts';
import type { Batch } from './batch/batch.ts';
import { type AgentIdentity, createRecordEncoder, type NumberedLines } from './batch/record-encoder.ts';
import type { SpoolTask, StreamAddress } from './protocol/messages.ts';
import { createSpooledRecords } from './queue/spooled-records.ts';
import { createUnsentRecords } from './queue/unsent-records.ts';
import type { StartSender } from './sender-process/child.ts';
import { createSupervisor } from './sender-process/supervisor.ts';
import { createTroubleLog } from './sender-process/trouble-log.ts';

/**
 * Bytes of agent output that may wait for compression. With `drop` the oldest are dropped past that; a writer that can
 * wait is told to stop as soon as there is enough to do.
 */
const MAX_RAW_BYTES = { drop: 32 * 1024 * 1024, block: 4 * 1024 * 1024 } as const;

export interface DeliveryOptions {
  readonly identity: AgentIdentity;
  readonly stream: StreamAddress;
  readonly startSender: StartSender;
  readonly clock: Pick<Clock, 'after'>;
  /** Bytes of compressed records that may wait for Kinesis. */
  readonly bufferBytes: number;
  readonly whenFull: 'drop' | 'block';
  /** Where records are kept on disk until Kinesis has them. */
  readonly spool: SpoolTask | undefined;
  readonly log: Logger;
  readonly onLost: (lost: NumberedLines) => void;
  /** Lines of earlier shippers that the spool had to give up. */
  readonly onEarlierLost: (lines: number) => void;
  /** With `block`: whoever writes has to stop, or may go on. */
  readonly onFull: (full: boolean) => void;
}

/** From batches to records that Kinesis has. */
export interface Delivery {
  readonly push: (batch: Batch) => void;
  /** Lines that Kinesis does not have, in the spool or not. */
  readonly unsentLines: () => number;
  /** Those of them that are in the spool. */
  readonly spooledLines: () => number;
  /** Calls `listener` whenever Kinesis or the spool has taken records. */
  readonly onProgress: (listener: () => void) => void;
  /** Why no records are delivered at present, in plain words. */
  readonly failureReason: () => string | undefined;
  /** From now on nothing is dropped for lack of room: no more is pushed than what waits already. */
  readonly stopDropping: () => void;
  /** Time is running out. */
  readonly hurry: () => void;
  /** Ends the sender, whatever is left. */
  readonly stop: () => void;
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { identity, stream, bufferBytes, whenFull, log, onLost } = options;
  const dropWhenFull = whenFull === 'drop';
  const maxWaitingBytes = MAX_RAW_BYTES[whenFull];
  const listeners: (() => void)[] = [];
  const trouble = createTroubleLog(log, options.clock);

  const setFull = onChange(false, (full) => {
    if (!dropWhenFull) options.onFull(full);
  });
  const isFull = (): boolean => encoder.waitingBytes() >= maxWaitingBytes || unsent.bytes() >= bufferBytes;

  const unsent = createUnsentRecords({ maxBytes: bufferBytes, dropWhenFull, onLost });
  const encoder = createRecordEncoder({
    identity,
    maxWaitingBytes,
    dropWhenFull,
    onLost,
    onRecord: (record) => {
      unsent.add(record);
      supervisor.wake();
      setFull(isFull());
    },
  });
  const spooled = createSpooledRecords({ unsent, log, onLost, onEarlierLost: options.onEarlierLost });
  const supervisor = createSupervisor({
    startSender: options.startSender,
    task: { stream, partitionKey: identity.workerId, spool: options.spool },
    clock: options.clock,
    unsent,
    spooled,
    onExit: (how, restartMs) => log('sender', exitMessage(how, restartMs)),
    onTrouble: trouble.onTrouble,
    onProgress: () => {
      setFull(isFull());
      for (const listener of listeners) listener();
    },
  });

  return {
    push: (batch) => {
      encoder.push(batch);
      setFull(isFull());
    },
    unsentLines: () => encoder.waitingLines() + unsent.lines() + spooled.spooledLines(),
    spooledLines: spooled.spooledLines,
    onProgress: (listener) => listeners.push(listener),
    failureReason: trouble.reason,
    stopDropping: () => {
      encoder.stopDropping();
      unsent.stopDropping();
    },
    hurry: supervisor.hurry,
    stop: supervisor.stop,
  };
}

function exitMessage(how: string, restartMs: number): string {
  return `the sending process ended (${how}) and starts again in ${restartMs} ms; its lines are kept`;
}

/** Calls the listener only for values that differ from the previous one. */
function onChange(initial: boolean, listener: (value: boolean) => void): (value: boolean) => void {
  let last = initial;
  return (value) => {
    if (value === last) return;
    last = value;
    listener(value);
  };
}
