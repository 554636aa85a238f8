/** A lane: one batch at a time from one shard, or from those of its partition keys that fall to this lane. */
import { hashKeyOf } from '../kinesis/sequence.ts';
import type { StoredRecord } from '../kinesis/shard.ts';
import { type Delivery, deliver } from './deliver.ts';
import { type Gathering, gather } from './gather.ts';

export interface Lane {
  /** All of this lane's records before this position are settled. */
  readonly position: () => number;
  /** True if the shard's end was reached, false if the mapping stopped before. */
  readonly finished: Promise<boolean>;
}

export interface LaneOptions {
  readonly start: number;
  readonly gathering: Omit<Gathering, 'passed'>;
  readonly delivery: Delivery;
  readonly onProgress: () => void;
  /** Called with each batch as it was read. */
  readonly onBatch: (records: readonly StoredRecord[]) => void;
}

export function startLane({ start, gathering, delivery, onProgress, onBatch }: LaneOptions): Lane {
  let position = start;

  function passed(next: number): void {
    if (next === position) return;
    position = next;
    onProgress();
  }

  function passedAll(records: readonly StoredRecord[]): void {
    const last = records.at(-1);
    if (last !== undefined) passed(last.position + 1);
  }

  const tracked: Delivery = {
    ...delivery,
    done: (records) => {
      delivery.done(records);
      passedAll(records);
    },
    giveUp: async (failure) => {
      await delivery.giveUp(failure);
      passedAll(failure.records);
    },
  };

  async function run(): Promise<boolean> {
    // The caller holds this lane before its first progress is told.
    await Promise.resolve();
    for (;;) {
      const records = await gather(position, { ...gathering, passed });
      if (records.length === 0) return !gathering.signal.aborted;
      onBatch(records);
      await deliver(records, tracked);
    }
  }

  return { position: () => position, finished: run() };
}

/** Which of `lanes` lanes a record belongs to: the same for all records of a partition key. */
export function laneOf({ partitionKey }: StoredRecord, lanes: number): number {
  return lanes === 1 ? 0 : Number(hashKeyOf(partitionKey) % BigInt(lanes));
}
