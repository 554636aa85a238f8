/** What a mapping does with the function and the on-failure destination, counted. */
import type { InvokeResult } from '../function/invoke-result.ts';
import type { StoredRecord } from '../kinesis/shard.ts';
import type { Delivery } from './deliver.ts';
import { type KinesisEvent, toEvent } from './event.ts';
import type { MappingClock } from './mapping-clock.ts';
import { type FailureSource, type OnFailureObject, toOnFailureObject } from './on-failure.ts';

export interface MappingCounters {
  invocations: number;
  /** Records handed to the function, each time that they are (CloudWatch's InvokedEventCount). */
  recordsInvoked: number;
  /** Invocations that ended with an error, crash or timeout. */
  errors: number;
  throttles: number;
  /** Settled by the function. */
  recordsDone: number;
  /** Given up: retries exhausted or too old. */
  recordsDropped: number;
  onFailureObjects: number;
  /** On-failure objects that could not be stored. */
  onFailureErrors: number;
  /** Age of the last batch's last record when it was read, ms; and the highest so far. */
  iteratorAgeMs: number;
  maxIteratorAgeMs: number;
}

export interface Surroundings {
  /** Runs the function; rejects for bugs only. */
  readonly invoke: (event: KinesisEvent) => Promise<InvokeResult>;
  /** Stores what was given up; without it, it is dropped. A rejection is counted, the records stay dropped. */
  readonly onFailure?: (object: OnFailureObject) => Promise<void>;
}

export function noCounts(): MappingCounters {
  return {
    invocations: 0,
    recordsInvoked: 0,
    errors: 0,
    throttles: 0,
    recordsDone: 0,
    recordsDropped: 0,
    onFailureObjects: 0,
    onFailureErrors: 0,
    iteratorAgeMs: 0,
    maxIteratorAgeMs: 0,
  };
}

/** Makes a shard's side of Delivery that counts into `counters`. */
export function counted(
  { invoke, onFailure }: Surroundings,
  counters: MappingCounters,
  clock: MappingClock,
): (source: FailureSource) => Pick<Delivery, 'invoke' | 'done' | 'giveUp'> {
  return (source) => ({
    invoke: async (records) => {
      counters.invocations += 1;
      counters.recordsInvoked += records.length;
      const result = await invoke(toEvent(records, source));
      if (result.kind === 'error') counters.errors += 1;
      if (result.kind === 'throttled') counters.throttles += 1;
      return result;
    },
    done: (records) => {
      counters.recordsDone += records.length;
    },
    giveUp: async (failure) => {
      counters.recordsDropped += failure.records.length;
      if (onFailure === undefined) return;
      try {
        await onFailure(toOnFailureObject(failure, source, clock.now()));
        counters.onFailureObjects += 1;
      } catch {
        counters.onFailureErrors += 1;
      }
    },
  });
}

/** Notes the age of a batch's last record as it is read (CloudWatch's IteratorAge). */
export function countAge(counters: MappingCounters, records: readonly StoredRecord[], nowMs: number): void {
  counters.iteratorAgeMs = Math.max(0, nowMs - (records.at(-1)?.arrivalMs ?? nowMs));
  counters.maxIteratorAgeMs = Math.max(counters.maxIteratorAgeMs, counters.iteratorAgeMs);
}
