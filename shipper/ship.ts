import { STDOUT } from '../shared/record/format.ts';
import type { PassedSignal } from './agent/signals.ts';
import { createIntake } from './input/reader.ts';
import type { Input } from './input/source.ts';
import type { Job, JobEnd } from './run-context.ts';
import { createQuitter, drain, linger, sayUnsent } from './shutdown.ts';

/** These end a pipeline's reader; it reads what is in the pipe before it goes. */
const ENDS_READING: readonly PassedSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Reads `input` to its end into the stream. */
export async function shipInput(job: Job, input: Input): Promise<JobEnd> {
  const { options } = job;
  const pipeline = await job.openPipeline((full) => intake.pause(full));
  const intake = createIntake([{ code: STDOUT, input, copy: undefined }], pipeline);
  const { quit, onSignal } = createQuitter(() => true);
  const asked = new Promise<void>((resolve) => {
    job.onSignal((signal) => {
      onSignal(signal);
      if (ENDS_READING.includes(signal)) resolve();
    });
  });

  await Promise.race([intake.ended, asked]);
  const { lingerMs, drainTimeoutMs } = options;
  await linger({ intake, pipeline, lingerMs, patienceMs: drainTimeoutMs, quit });
  intake.seal();
  pipeline.finish();
  const whileProgressing = options.whenFull === 'block';
  const rest = await drain({ pipeline, timeoutMs: drainTimeoutMs, whileProgressing, quit });
  sayUnsent(job, pipeline, rest);
  const lost = rest.unsentLines + pipeline.droppedLines();
  return { pipeline, exitCode: lost > 0 ? 1 : 0, signal: null, ...rest, lateLines: intake.lateLines() };
}
