import { STDOUT } from '../shared/record/format.ts';
import type { PassedSignal } from './agent/signals.ts';
import { createReader, type Reader } from './input/reader.ts';
import type { Source } from './input/source.ts';
import type { RunContext, RunEnd } from './run-context.ts';
import { createForcedQuit, shutDown } from './shutdown.ts';
import { type Attend, withPipeline } from './with-pipeline.ts';

/** These end the reader of a shell's pipeline; it reads what is in the pipe before it ends. */
const ENDS_READING: readonly PassedSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Sends the lines of `source` until its end. */
export async function shipSource(context: RunContext, source: Source): Promise<RunEnd> {
  const { forced, onSignal } = createForcedQuit(() => true);
  const asked = new Promise<void>((resolve) => {
    context.onSignal((signal) => {
      onSignal(signal);
      if (ENDS_READING.includes(signal)) resolve();
    });
  });

  let reader: Reader | undefined;
  const attend: Attend = async (pipeline) => {
    const reading = createReader([{ code: STDOUT, source, tee: undefined }], pipeline);
    reader = reading;
    await Promise.race([reading.ended, asked]);
    const remaining = await shutDown(context, { reader: reading, pipeline, forced });
    const lost = remaining.unsentLines + pipeline.droppedLines();
    const lateLines = reading.lateLines();
    const exitCode = lost > 0 || !pipeline.canSend ? 1 : 0;
    return { pipeline, exitCode, signal: null, ...remaining, lateLines };
  };
  return withPipeline(context, (paused) => reader?.setPaused(paused), attend);
}
