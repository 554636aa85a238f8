import type { StreamCode } from '../shared/record/format.ts';
import { createBatcher, type LineCounts } from './batch/batcher.ts';
import type { Source } from './batch/record-encoder.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from './delivery.ts';
import { type EventFields, eventLine, linesDropped, linesSplit } from './queue/agent-events.ts';
import { createLosses } from './queue/loss-announcer.ts';

export interface PipelineOptions extends Omit<DeliveryOptions, 'onLost' | 'onForeignLost'> {
  readonly maxLineBytes: number;
  /** Our own events go into the stream. */
  readonly events: boolean;
}

/** From bytes to records that Kinesis took; one way, all bounded. */
export interface Pipeline
  extends Pick<Delivery, 'unsentLines' | 'spooledLines' | 'onProgress' | 'trouble' | 'hurry' | 'stop'> {
  readonly source: Source;
  /** The chunk is not needed afterwards. */
  readonly write: (stream: StreamCode, chunk: Buffer) => void;
  /** The stream ended, or is taken to have. */
  readonly end: (stream: StreamCode) => void;
  readonly event: (event: EventFields) => void;
  /** Announces what is to be announced and sends the rest; nothing may be written afterwards. */
  readonly finish: (last?: EventFields) => void;
  readonly droppedLines: () => number;
  /** Those of them of which the stream does not tell. */
  readonly unannouncedLines: () => number;
  readonly counts: () => LineCounts;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { source, say, maxLineBytes } = options;

  const event = (fields: EventFields): number | undefined =>
    options.events ? batcher.event(eventLine(source, fields)) : undefined;

  const losses = createLosses({
    schedule,
    announceDropped: (lines, total) => {
      say('dropped', `${lines} lines were dropped, ${total} in all`);
      return event(linesDropped(lines, total));
    },
    announceSplit: (lines, total) => event(linesSplit(lines, total)),
  });
  const delivery = createDelivery({
    ...options,
    onLost: losses.dropped,
    onForeignLost: (lines) => losses.dropped({ lines }),
  });
  const batcher = createBatcher({
    maxLineBytes,
    now: Date.now,
    schedule,
    onBatch: (batch) => {
      delivery.push(batch);
      losses.split(batcher.counts().split);
    },
  });

  return {
    ...delivery,
    source,
    write: batcher.write,
    end: batcher.end,
    event,
    finish: (last) => {
      delivery.seal();
      losses.split(batcher.counts().split);
      losses.finish();
      if (last !== undefined) event(last);
      batcher.flush();
    },
    droppedLines: losses.droppedLines,
    unannouncedLines: losses.unannouncedLines,
    counts: batcher.counts,
  };
}

function schedule(task: () => void, delayMs: number): () => void {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
}
