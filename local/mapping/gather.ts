/** Collecting a batch from a shard: by size, by window, by the invocation's payload limit. */
import { isOpen, type ShardView, type StoredRecord } from '../kinesis/shard.ts';
import type { StreamView } from '../kinesis/stream.ts';
import { EMPTY_EVENT_BYTES, type EventSource, eventRecordBytes, MAX_EVENT_BYTES } from './event.ts';
import type { MappingClock } from './mapping-clock.ts';
import type { MappingSettings } from './settings.ts';

export interface Gathering {
  readonly stream: StreamView;
  readonly shard: ShardView;
  readonly source: EventSource;
  readonly settings: MappingSettings;
  readonly clock: MappingClock;
  readonly signal: AbortSignal;
  /** Whether a record is this lane's. */
  readonly isOurs: (record: StoredRecord) => boolean;
  /** Nothing of this lane is open before this position. */
  readonly passed: (position: number) => void;
}

/** The next batch from a position on; empty at the end of a closed shard and when the mapping stops. */
export async function gather(from: number, gathering: Gathering): Promise<readonly StoredRecord[]> {
  const { shard, settings, clock, signal } = gathering;
  const windowMs = settings.maximumBatchingWindowInSeconds * 1000;
  const batch: StoredRecord[] = [];
  let bytes = EMPTY_EVENT_BYTES;
  let position = from;
  let windowEndMs = Number.POSITIVE_INFINITY;

  /** Takes what is there; true once the batch is full. */
  function take(): boolean {
    position = Math.max(position, shard.first());
    for (let record = shard.at(position); record !== undefined; record = shard.at(position)) {
      if (gathering.isOurs(record)) {
        const more = eventRecordBytes(record, gathering.source) + (batch.length > 0 ? 1 : 0);
        if (batch.length > 0 && bytes + more > MAX_EVENT_BYTES) return true;
        if (batch.length === 0) windowEndMs = clock.now() + windowMs;
        batch.push(record);
        bytes += more;
        if (batch.length === settings.batchSize) return true;
      }
      position += 1;
    }
    return false;
  }

  while (!signal.aborted) {
    if (take()) return batch;
    if (batch.length === 0) gathering.passed(position);
    if (!isOpen(shard) || clock.now() >= windowEndMs) return batch;
    await nextChange(gathering, windowEndMs - clock.now());
  }
  return [];
}

/** Resolves at the next put or reshard, after `timeoutMs`, or when the mapping stops. */
function nextChange({ stream, clock, signal }: Gathering, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const finish = (): void => {
      unsubscribe();
      signal.removeEventListener('abort', finish);
      // With a reason: an error made for none would be most of what this costs.
      over.abort('over');
      resolve();
    };
    const unsubscribe = stream.onChange(finish);
    signal.addEventListener('abort', finish);
    if (Number.isFinite(timeoutMs)) void clock.sleep(timeoutMs, over.signal).then(finish);
  });
}
