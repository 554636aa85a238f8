import { STDOUT } from '../shared/record/format.ts';
import type { PassedSignal } from './agent/signals.ts';
import { createReader } from './input/reader.ts';
import type { Source } from './input/source.ts';
import type { RunContext, RunEnd } from './run-context.ts';
import { createForcedQuit, shutDown } from './shutdown.ts';

/** These end the reader of a shell's pipeline; it reads what is in the pipe before it ends. */
const ENDS_READING: readonly PassedSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Sends the lines of `source` until its end. */
export async function shipSource(context: RunContext, source: Source): Promise<RunEnd> {
  const pipeline = await context.openPipeline((full) => reader.setPaused(full));
  const reader = createReader([{ code: STDOUT, source, tee: undefined }], pipeline);
  const { forced, onSignal } = createForcedQuit(() => true);
  const asked = new Promise<void>((resolve) => {
    context.onSignal((signal) => {
      onSignal(signal);
      if (ENDS_READING.includes(signal)) resolve();
    });
  });

  await Promise.race([reader.ended, asked]);
  const remaining = await shutDown(context, { reader, pipeline, forced });
  const lost = remaining.unsentLines + pipeline.droppedLines();
  const lateLines = reader.lateLines();
  return { pipeline, exitCode: lost > 0 ? 1 : 0, signal: null, ...remaining, lateLines };
}
