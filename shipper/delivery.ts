import type { Clock } from '../shared/base/clock.ts';
import type { Logger } from './base/logger.ts';
import type { Patience } from './base/patience.ts';
import type { Batch } from './batch/batch.ts';
import {
  type AgentIdentity,
  createRecordEncoder,
  type NumberedLines,
  type RecordEncoderOptions,
} from './batch/record-encoder.ts';
import type { SpoolTask, StreamAddress } from './protocol/messages.ts';
import { createPacing, type WhenFull } from './queue/pacing.ts';
import { createSpooledRecords } from './queue/spooled-records.ts';
import { createUnsentRecords } from './queue/unsent-records.ts';
import type { StartSender } from './sender-process/child.ts';
import { createSupervisor } from './sender-process/supervisor.ts';
import { createTroubleLog } from './sender-process/trouble-log.ts';

/** More would not make it faster if the writer can wait. */
const MAX_RAW_BYTES_TO_BLOCK = 4 * 1024 * 1024;

export interface DeliveryOptions {
  readonly identity: AgentIdentity;
  readonly stream: StreamAddress;
  readonly startSender: StartSender;
  readonly clock: Pick<Clock, 'after' | 'every'>;
  /** Bytes of the agent's output that may wait for compression. */
  readonly rawBytes: number;
  /** Bytes of compressed records that may wait for Kinesis. */
  readonly bufferBytes: number;
  readonly whenFull: WhenFull;
  /** How long the writer may be made to wait for the network with `auto`. */
  readonly networkPatience: Patience;
  /** Where records are kept on disk until Kinesis has them. */
  readonly spool: SpoolTask | undefined;
  readonly log: Logger;
  readonly onLost: (lost: NumberedLines) => void;
  /** Lines of earlier shippers that the spool had to give up. */
  readonly onEarlierLost: (lines: number) => void;
  /** Whoever writes has to stop, or may go on. */
  readonly onFull: (full: boolean) => void;
  /** Default: zstd or gzip on the thread pool. */
  readonly createCompressor?: RecordEncoderOptions['createCompressor'];
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
  const { identity, stream, bufferBytes, whenFull, networkPatience, clock, log, onLost } = options;
  const rawBytes =
    whenFull === 'block' ? Math.min(options.rawBytes, MAX_RAW_BYTES_TO_BLOCK) : options.rawBytes;
  const listeners: (() => void)[] = [];
  const trouble = createTroubleLog(log, clock);

  const pacing = createPacing({
    whenFull,
    limits: { rawBytes, recordBytes: bufferBytes },
    networkPatience,
    clock,
    onPaused: options.onFull,
    onDropping: ({ batches, records }) => {
      encoder.setDropping(batches);
      unsent.setDropping(records);
    },
  });
  const update = (): void => pacing.update({ rawBytes: encoder.waitingBytes(), recordBytes: unsent.bytes() });

  const unsent = createUnsentRecords({ maxBytes: bufferBytes, onLost });
  const encoder = createRecordEncoder({
    identity,
    maxWaitingBytes: rawBytes,
    onLost,
    createCompressor: options.createCompressor,
    onRecord: (record) => {
      pacing.onWorkDone();
      unsent.add(record);
      supervisor.wake();
      update();
    },
  });
  const spooled = createSpooledRecords({ unsent, log, onLost, onEarlierLost: options.onEarlierLost });
  const supervisor = createSupervisor({
    startSender: options.startSender,
    task: { stream, partitionKey: identity.workerId, spool: options.spool },
    clock,
    unsent,
    spooled,
    onExit: trouble.onExit,
    onReady: trouble.onReady,
    onTrouble: trouble.onTrouble,
    onProgress: () => {
      update();
      for (const listener of listeners) listener();
    },
  });

  return {
    push: (batch) => {
      encoder.push(batch);
      update();
    },
    unsentLines: () => encoder.waitingLines() + unsent.lines() + spooled.spooledLines(),
    spooledLines: spooled.spooledLines,
    onProgress: (listener) => listeners.push(listener),
    failureReason: trouble.reason,
    stopDropping: pacing.stopDropping,
    hurry: supervisor.hurry,
    stop: supervisor.stop,
  };
}
