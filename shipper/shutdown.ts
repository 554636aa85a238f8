import type { Clock, Timer } from '../shared/base/clock.ts';
import type { PassedSignal } from './agent/signals.ts';
import type { Logger } from './base/logger.ts';
import type { Reader } from './input/reader.ts';
import type { Pipeline } from './pipeline.ts';
import type { EventFields } from './queue/agent-events.ts';
import type { RunContext } from './run-context.ts';

/** What `run` and `ship` hand over when their input is to end. */
export interface ShutdownOptions {
  readonly reader: Reader;
  readonly pipeline: Pipeline;
  /** Gives up at once. */
  readonly forced: AbortSignal;
  /** The last line of the stream. */
  readonly lastEvent?: EventFields | undefined;
}

/** Reads the rest, sends it, and logs what could not be sent. */
export async function shutDown(
  { options, log, clock }: Pick<RunContext, 'options' | 'log' | 'clock'>,
  { reader, pipeline, forced, lastEvent }: ShutdownOptions,
): Promise<Remaining> {
  const { lingerMs, drainTimeoutMs, whenFull } = options;
  await linger({ reader, pipeline, lingerMs, patienceMs: drainTimeoutMs, clock, forced });
  reader.stopSending();
  pipeline.finish(lastEvent);
  const whileProgressing = whenFull === 'block';
  const remaining = await sendRemaining({
    pipeline,
    timeoutMs: drainTimeoutMs,
    whileProgressing,
    clock,
    forced,
  });
  logRemaining(log, pipeline, remaining);
  return remaining;
}

interface LingerOptions {
  readonly reader: Pick<Reader, 'ended' | 'isPaused'>;
  readonly pipeline: Pick<Pipeline, 'onProgress'>;
  readonly lingerMs: number;
  /** How long a full buffer may go without progress before the rest is given up. */
  readonly patienceMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** Gives up at once. */
  readonly forced: AbortSignal;
}

/** Reads on to the streams' ends, for `lingerMs` at most; time in which reading had to pause does not count. */
function linger(options: LingerOptions): Promise<void> {
  const { reader, pipeline, lingerMs, patienceMs, clock, forced } = options;
  return new Promise((resolve) => {
    let progressMs = clock.monotonic();
    pipeline.onProgress(() => {
      progressMs = clock.monotonic();
    });
    const onTime = (): void => {
      const waitsForRoom = reader.isPaused() && clock.monotonic() - progressMs < patienceMs;
      // If this process was held up, the pipe still holds what was written in time; it is read before a new timer ends.
      timer = waitsForRoom ? clock.after(lingerMs, onTime) : clock.after(0, end);
    };
    const end = (): void => {
      timer.cancel();
      resolve();
    };
    let timer: Timer = clock.after(lingerMs, onTime);
    void reader.ended.then(end);
    onAbort(forced, end);
  });
}

interface SendRemainingOptions {
  readonly pipeline: Pick<Pipeline, 'unsentLines' | 'spooledLines' | 'onProgress' | 'hurry'>;
  readonly timeoutMs: number;
  /** The time starts again whenever Kinesis or the spool took something: nobody waits for us to end. */
  readonly whileProgressing: boolean;
  readonly clock: Pick<Clock, 'after'>;
  /** Gives up at once. */
  readonly forced: AbortSignal;
}

/** Lines that are left at the end. */
interface Remaining {
  /** In the spool, for the next shipper. */
  readonly spooledLines: number;
  /** Lost. */
  readonly unsentLines: number;
}

/** Waits until all lines are sent, the time is over or the user forces the end; returns what was not sent by then. */
function sendRemaining(options: SendRemainingOptions): Promise<Remaining> {
  const { pipeline, timeoutMs, whileProgressing, clock, forced } = options;
  return new Promise((resolve) => {
    pipeline.hurry();
    let ended = false;
    const end = (): void => {
      ended = true;
      timer.cancel();
      const spooledLines = pipeline.spooledLines();
      resolve({ spooledLines, unsentLines: pipeline.unsentLines() - spooledLines });
    };
    let timer = clock.after(timeoutMs, end);
    let least = Number.POSITIVE_INFINITY;
    const onProgress = (): void => {
      const unsent = pipeline.unsentLines();
      // A line advances into the spool, and again to Kinesis. That a sender crashes and starts again is no progress.
      const left = 2 * unsent - pipeline.spooledLines();
      if (unsent === 0) end();
      else if (whileProgressing && left < least && !ended) {
        timer.cancel();
        timer = clock.after(timeoutMs, end);
      }
      least = Math.min(least, left);
    };
    pipeline.onProgress(onProgress);
    onAbort(forced, end);
    onProgress();
  });
}

/** Logs what is left at the end, if anything is. */
function logRemaining(
  log: Logger,
  pipeline: Pick<Pipeline, 'failureReason' | 'unannouncedLines'>,
  { spooledLines, unsentLines }: Remaining,
): void {
  const why = pipeline.failureReason() ?? 'there was no time left';
  if (spooledLines > 0) log('spooled', `${spooledLines} lines stay in the spool for the next start: ${why}`);
  if (unsentLines > 0) log('unsent', `${unsentLines} lines were not sent: ${why}`);
  const dropped = pipeline.unannouncedLines();
  if (dropped > 0) log('dropped at the end', `${dropped} lines were dropped at the end`);
}

/** `forced` aborts at the second SIGINT or SIGTERM, if the shutdown has begun by then. */
interface ForcedQuit {
  readonly forced: AbortSignal;
  readonly onSignal: (signal: PassedSignal) => void;
}

export function createForcedQuit(isShuttingDown: () => boolean): ForcedQuit {
  const controller = new AbortController();
  let asked = 0;
  return {
    forced: controller.signal,
    onSignal: (signal) => {
      if (signal !== 'SIGINT' && signal !== 'SIGTERM') return;
      asked += 1;
      if (asked >= 2 && isShuttingDown()) controller.abort();
    },
  };
}

function onAbort(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
}
