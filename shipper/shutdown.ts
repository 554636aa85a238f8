import type { PassedSignal } from './agent/signals.ts';
import type { Intake } from './input/reader.ts';
import type { Pipeline } from './pipeline.ts';
import type { Job } from './run-context.ts';

export interface LingerOptions {
  readonly intake: Intake;
  readonly pipeline: Pipeline;
  readonly lingerMs: number;
  /** How long a full buffer may go without progress before the rest is given up. */
  readonly patienceMs: number;
  readonly quit: AbortSignal;
}

/** Reads on to the streams' ends, for `lingerMs` at most; time in which reading had to pause does not count. */
export function linger({ intake, pipeline, lingerMs, patienceMs, quit }: LingerOptions): Promise<void> {
  return new Promise((resolve) => {
    let progressMs = performance.now();
    pipeline.onProgress(() => {
      progressMs = performance.now();
    });
    const onTime = (): void => {
      if (intake.paused() && performance.now() - progressMs < patienceMs) timer.refresh();
      // If we were held up ourselves, there is still in the pipe what was written in time; the loop reads before this.
      else setImmediate(end);
    };
    const timer = setTimeout(onTime, lingerMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    void intake.ended.then(end);
    onAbort(quit, end);
  });
}

export interface DrainOptions {
  readonly pipeline: Pipeline;
  readonly timeoutMs: number;
  /** The time starts again whenever Kinesis took something: nobody waits to kill us. */
  readonly whileProgressing: boolean;
  /** Gives up at once. */
  readonly quit: AbortSignal;
}

/** What is left at the end. */
export interface Rest {
  /** In the spool, for the next shipper. */
  readonly spooledLines: number;
  /** Lost. */
  readonly unsentLines: number;
}

/** Waits until all lines are sent, the time is over or someone quits; what was not sent then. */
export function drain({ pipeline, timeoutMs, whileProgressing, quit }: DrainOptions): Promise<Rest> {
  return new Promise((resolve) => {
    pipeline.hurry();
    const end = (): void => {
      clearTimeout(timer);
      const spooledLines = pipeline.spooledLines();
      resolve({ spooledLines, unsentLines: pipeline.unsentLines() - spooledLines });
    };
    const timer = setTimeout(end, timeoutMs);
    let least = Number.POSITIVE_INFINITY;
    const onProgress = (): void => {
      const unsent = pipeline.unsentLines();
      // A line gets on when the spool has it, and again when Kinesis has it; a sender that only dies is no progress.
      const left = 2 * unsent - pipeline.spooledLines();
      if (unsent === 0) end();
      else if (whileProgressing && left < least) timer.refresh();
      least = Math.min(least, left);
    };
    pipeline.onProgress(onProgress);
    onAbort(quit, end);
    onProgress();
  });
}

/** Says what is left at the end, if anything is. */
export function sayUnsent({ say }: Job, pipeline: Pipeline, { spooledLines, unsentLines }: Rest): void {
  const why = pipeline.trouble() ?? 'there was no time left';
  if (spooledLines > 0) say('spooled', `${spooledLines} lines stay in the spool for the next start: ${why}`);
  if (unsentLines > 0) say('unsent', `${unsentLines} lines were not sent: ${why}`);
  const dropped = pipeline.unannouncedLines();
  if (dropped > 0) say('dropped at the end', `${dropped} lines were dropped at the end`);
}

/** Aborts at the second INT or TERM, if `draining` by then. */
export interface Quitter {
  readonly quit: AbortSignal;
  readonly onSignal: (signal: PassedSignal) => void;
}

export function createQuitter(draining: () => boolean): Quitter {
  const controller = new AbortController();
  let asked = 0;
  return {
    quit: controller.signal,
    onSignal: (signal) => {
      if (signal !== 'SIGINT' && signal !== 'SIGTERM') return;
      asked += 1;
      if (asked >= 2 && draining()) controller.abort();
    },
  };
}

function onAbort(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
}
