import type { Clock } from '../../shared/base/clock.ts';
import type { Bucket } from '../../shared/parking/bucket.ts';
import type { LogValue } from '../../shared/telemetry/telemetry.ts';
import type { DestinationId } from '../registry.ts';
import type { InvokeFunction } from './functions.ts';
import type { RedriveRequest } from './request.ts';

export type Log = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, LogValue>>,
) => void;

/** What a run works with. */
export interface RedriveContext {
  readonly bucket: Bucket;
  readonly invoke: InvokeFunction;
  /** Name or ARN of each destination's function. */
  readonly functions: ReadonlyMap<DestinationId, string>;
  readonly clock: Pick<Clock, 'now' | 'random'>;
  readonly log: Log;
  /** When the run's own time is over, epoch ms. */
  readonly deadlineMs: number;
  /** Objects of all destinations together. */
  readonly maxObjects?: number | undefined;
  /** Of an event; default Lambda's quota. */
  readonly maxPayloadBytes?: number | undefined;
}

/** One run of it. */
export interface RedriveRun extends RedriveContext {
  readonly request: RedriveRequest;
  readonly startedMs: number;
  readonly remainingMs: () => number;
  /** There is time to invoke a function. */
  readonly hasTime: () => boolean;
  /** There is time for another object, and the bound on objects is not reached. */
  readonly mayBegin: () => boolean;
  readonly begun: () => void;
}

/** A function has 60 s, and its answer has to be written down. */
const RESERVE_MS = 75_000;

export function beginRun(request: RedriveRequest, context: RedriveContext): RedriveRun {
  const { clock, deadlineMs } = context;
  const maxObjects = Math.min(context.maxObjects ?? Infinity, request.maxObjects ?? Infinity);
  const nowMs = clock.now();
  const reserveMs = Math.min(RESERVE_MS, (deadlineMs - nowMs) / 2);
  const hasTime = (): boolean => deadlineMs - clock.now() > reserveMs;
  let objects = 0;
  return {
    ...context,
    request,
    startedMs: request.startedMs ?? nowMs,
    remainingMs: () => deadlineMs - clock.now(),
    hasTime,
    mayBegin: () => hasTime() && objects < maxObjects,
    begun: () => {
      objects += 1;
    },
  };
}
