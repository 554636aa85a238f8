import type { Clock } from '../shared/base/clock.ts';
import { createBatcher, type LineCounts } from './batch/batcher.ts';
import type { AgentIdentity } from './batch/record-encoder.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from './delivery.ts';
import type { LineSink } from './input/reader.ts';
import { type EventFields, eventLine, linesDropped, linesSplit } from './queue/agent-events.ts';
import { createLossAnnouncer } from './queue/loss-announcer.ts';

export interface PipelineOptions extends Omit<DeliveryOptions, 'onLost' | 'onEarlierLost' | 'clock'> {
  readonly maxLineBytes: number;
  /** Whether our own events are written into the stream. */
  readonly events: boolean;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'after' | 'every'>;
}

/** From bytes to records that Kinesis has: one way, and every stage is bounded. */
export interface Pipeline
  extends LineSink,
    Pick<Delivery, 'unsentLines' | 'spooledLines' | 'onProgress' | 'failureReason' | 'hurry' | 'stop'> {
  readonly identity: AgentIdentity;
  /** Whether it is worth waiting until lines are sent. */
  readonly canSend: boolean;
  readonly event: (event: EventFields) => void;
  /** Makes the last announcements and sends the rest; nothing may be written afterwards. */
  readonly finish: (last?: EventFields) => void;
  readonly droppedLines: () => number;
  /** Those of them that no line in the stream announces. */
  readonly unannouncedLines: () => number;
  readonly counts: () => LineCounts;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { identity, log, maxLineBytes, clock } = options;

  const event = (fields: EventFields): number | undefined =>
    options.events ? batcher.event(eventLine(identity, fields)) : undefined;

  const losses = createLossAnnouncer({
    clock,
    announceDropped: (lines, total) => {
      log('dropped', `${lines} lines were dropped, ${total} in all`);
      return event(linesDropped(lines, total));
    },
    announceSplit: (lines, total) => event(linesSplit(lines, total)),
  });
  let full = false;
  const delivery = createDelivery({
    ...options,
    onFull: (value) => {
      full = value;
      options.onFull(value);
    },
    onLost: losses.addDropped,
    onEarlierLost: (lines) => losses.addDropped({ lines }),
  });
  const batcher = createBatcher({
    maxLineBytes,
    clock,
    isReading: () => !full,
    onBatch: (batch) => {
      delivery.push(batch);
      losses.setSplitTotal(batcher.counts().split);
    },
  });

  return {
    ...delivery,
    identity,
    canSend: true,
    write: batcher.write,
    end: batcher.end,
    event,
    finish: (last) => {
      delivery.stopDropping();
      losses.setSplitTotal(batcher.counts().split);
      losses.finish();
      if (last !== undefined) event(last);
      batcher.flush();
    },
    droppedLines: losses.droppedLines,
    unannouncedLines: losses.unannouncedLines,
    counts: batcher.counts,
  };
}
