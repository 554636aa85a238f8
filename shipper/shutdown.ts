import type { Clock, Timer } from '../shared/base/clock.ts';
import type { PassedSignal } from './agent/signals.ts';
import type { Logger } from './base/logger.ts';
import type { Grace } from './grace.ts';
import type { Reader } from './input/reader.ts';
import type { MissingBytes } from './outputs.ts';
import type { Pipeline } from './pipeline.ts';
import type { EventFields } from './queue/agent-events.ts';
import type { RunContext } from './run-context.ts';

/** What `run` and `ship` hand over when their input is to end. */
export interface ShutdownOptions {
  readonly reader: Reader;
  readonly pipeline: Pipeline;
  /** Gives up at once: the user asks for it. */
  readonly forced: AbortSignal;
  /** The time that a supervisor leaves us, if there may be one. */
  readonly grace?: Pick<Grace, 'leftMs' | 'over'> | undefined;
  /** The last line of the stream. */
  readonly lastEvent?: EventFields | undefined;
}

/** Reads the rest, sends it while the copies are written, and logs what could not be sent or copied. */
export async function shutDown(
  context: Pick<RunContext, 'options' | 'log' | 'clock' | 'stdout' | 'stderr' | 'missingBytes'>,
  { reader, pipeline, forced, grace, lastEvent }: ShutdownOptions,
): Promise<Remaining> {
  const { options, log, clock } = context;
  const { drainTimeoutMs, whenFull } = options;
  const given = grace === undefined ? forced : AbortSignal.any([forced, grace.over]);
  // No more than half of what is left: the rest is for sending.
  const lingerMs = Math.max(0, Math.min(options.lingerMs, (grace?.leftMs() ?? Number.POSITIVE_INFINITY) / 2));
  await linger({ reader, pipeline, lingerMs, patienceMs: drainTimeoutMs, clock, givenUp: given });
  reader.stopSending();
  pipeline.finish(lastEvent);
  const [remaining, missingBytes] = await Promise.all([
    sendRemaining({
      pipeline,
      timeoutMs: pipeline.canSend ? drainTimeoutMs : 0,
      whileProgressing: whenFull === 'block',
      clock,
      givenUp: given,
    }),
    finishCopies(context, given),
  ]);
  const why = pipeline.failureReason() ?? noTimeLeft({ forced, grace });
  logRemaining(log, pipeline, { ...remaining, why });
  if (forced.aborted && remaining.unsentLines === 0) log('forced', SECOND_SIGNAL);
  const missingInAll = missingBytes.stdout + missingBytes.stderr;
  if (missingInAll > 0) log('copy', `${missingInAll} bytes are missing in all in the copy to our own output`);
  return { ...remaining, missingBytes };
}

/**
 * Waits until the copies are written, for `drainTimeoutMs` at most; returns how many bytes are missing in them. To be
 * called before our own last messages, which wait on stderr too.
 */
async function finishCopies(
  {
    options,
    clock,
    stdout,
    stderr,
    missingBytes,
  }: Pick<RunContext, 'options' | 'clock' | 'stdout' | 'stderr' | 'missingBytes'>,
  givenUp: AbortSignal,
): Promise<MissingBytes> {
  const done = new AbortController();
  const flushed = Promise.all([stdout.flushed(), stderr.flushed()]).then(() => done.abort());
  await Promise.race([flushed, clock.sleep(options.drainTimeoutMs, AbortSignal.any([done.signal, givenUp]))]);
  if (!done.signal.aborted) for (const copy of [stdout, stderr]) copy.giveUp();
  return missingBytes();
}

const SECOND_SIGNAL = 'a second signal asked to end at once';

function noTimeLeft({ forced, grace }: Pick<ShutdownOptions, 'forced' | 'grace'>): string {
  if (forced.aborted) return SECOND_SIGNAL;
  if (grace?.over.aborted === true) return 'the time that --grace leaves after a signal was over';
  return 'there was no time left (--drain-timeout)';
}

interface LingerOptions {
  readonly reader: Pick<Reader, 'ended' | 'isPaused'>;
  readonly pipeline: Pick<Pipeline, 'onProgress'>;
  readonly lingerMs: number;
  /** How long a full buffer may go without progress before the rest is given up. */
  readonly patienceMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** No time is left. */
  readonly givenUp: AbortSignal;
}

/** Reads on to the streams' ends, for `lingerMs` at most; time in which reading had to pause does not count. */
function linger(options: LingerOptions): Promise<void> {
  const { reader, pipeline, lingerMs, patienceMs, clock, givenUp } = options;
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
    onAbort(givenUp, end);
  });
}

interface SendRemainingOptions {
  readonly pipeline: Pick<Pipeline, 'unsentLines' | 'spooledLines' | 'onProgress' | 'hurry'>;
  readonly timeoutMs: number;
  /** The time starts again whenever Kinesis or the spool took something: nobody waits for us to end. */
  readonly whileProgressing: boolean;
  readonly clock: Pick<Clock, 'after'>;
  /** No time is left. */
  readonly givenUp: AbortSignal;
}

/** What is left at the end. */
interface Remaining extends RemainingLines {
  /** Bytes that are missing in the copies to our own output. */
  readonly missingBytes: MissingBytes;
}

interface RemainingLines {
  /** In the spool, for the next shipper. */
  readonly spooledLines: number;
  /** Lost. */
  readonly unsentLines: number;
}

/** Waits until all lines are sent, the time is over or the user forces the end; returns what was not sent by then. */
function sendRemaining(options: SendRemainingOptions): Promise<RemainingLines> {
  const { pipeline, timeoutMs, whileProgressing, clock, givenUp } = options;
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
    onAbort(givenUp, end);
    onProgress();
  });
}

/** Logs what is left at the end, and what was dropped until then, if anything was. */
function logRemaining(
  log: Logger,
  pipeline: Pick<Pipeline, 'droppedLines' | 'unannouncedLines'>,
  { spooledLines, unsentLines, why }: RemainingLines & { readonly why: string },
): void {
  if (spooledLines > 0) log('spooled', `${spooledLines} lines stay in the spool for the next start: ${why}`);
  if (unsentLines > 0) log('unsent', `${unsentLines} lines were not sent: ${why}`);
  const dropped = pipeline.droppedLines();
  const unannounced = pipeline.unannouncedLines();
  const inStream = unannounced > 0 ? `; the stream does not tell of ${unannounced} of them` : '';
  if (dropped > 0) log('dropped in all', `${dropped} lines were dropped in all${inStream}`);
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
