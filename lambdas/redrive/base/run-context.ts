import type { Clock } from '../../../shared/base/clock.ts';
import type { Bucket } from '../../../shared/parking/bucket.ts';
import type { LogValue } from '../../../shared/telemetry/telemetry.ts';
import type { DestinationId } from '../../registry.ts';
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
  readonly clock: Pick<Clock, 'now' | 'random' | 'sleep' | 'after'>;
  readonly log: Log;
  /** When the run's own time is over, epoch ms. */
  readonly deadlineMs: number;
  /** Objects that are tried in a run, at most. */
  readonly maxObjects?: number | undefined;
  /** Of an event; default Lambda's quota. */
  readonly maxPayloadBytes?: number | undefined;
}

/** The run of one destination. */
export interface RedriveRun extends RedriveContext {
  readonly destination: DestinationId;
  readonly functionName: string;
  readonly request: RedriveRequest;
  /** Epoch ms: of a run that is gone on with, when the first one began. */
  readonly startedMs: number;
  readonly remainingMs: () => number;
  /** There is time to invoke the function once more, and nothing has ended the run. */
  readonly hasTime: () => boolean;
  /** Takes up to so many out of the bound on objects that are tried; 0 as well when there is no time for more. */
  readonly take: (objects: number) => number;
  /** Of those that were taken, these were not tried. */
  readonly giveBack: (objects: number) => void;
  /** Nothing more is begun: why is our own code, or an error's name. The first reason stays. */
  readonly end: (reason: string) => void;
  readonly ended: () => string | undefined;
}

/** A function has 60 s, and its answer has to be written down. */
const RESERVE_MS = 75_000;

export interface RunOptions {
  readonly destination: DestinationId;
  readonly functionName: string;
  readonly request: RedriveRequest;
  /** Nothing is begun past this, epoch ms: others wait for their turn. */
  readonly untilMs: number;
}

export function beginRun(options: RunOptions, context: RedriveContext): RedriveRun {
  const { clock, deadlineMs } = context;
  const { request, untilMs } = options;
  const maxObjects = Math.min(context.maxObjects ?? Infinity, request.maxObjects ?? Infinity);
  const nowMs = clock.now();
  const reserveMs = Math.min(RESERVE_MS, (deadlineMs - nowMs) / 2);
  let reason: string | undefined;
  let room = maxObjects;
  const hasTime = (): boolean =>
    reason === undefined && clock.now() < untilMs && deadlineMs - clock.now() > reserveMs;
  return {
    ...context,
    ...options,
    startedMs: request.startedMs ?? nowMs,
    remainingMs: () => deadlineMs - clock.now(),
    hasTime,
    take: (objects) => {
      const taken = hasTime() ? Math.min(objects, room) : 0;
      room -= taken;
      return taken;
    },
    giveBack: (objects) => {
      room += objects;
    },
    end: (why) => {
      reason ??= why;
    },
    ended: () => reason,
  };
}
