import { failureWords } from './base/failure-words.ts';
import { createNoPipeline, stateOf } from './no-pipeline.ts';
import type { Pipeline } from './pipeline.ts';
import type { RunContext, RunEnd } from './run-context.ts';

/** Reads what there is to read, by way of a pipeline, to its end. */
export type Attend = (pipeline: Pipeline) => Promise<RunEnd>;

/**
 * Opens the pipeline and attends to the output with it. Whatever fails in that, the output is attended to all the same,
 * with a pipeline that sends nothing: nobody is left with a pipe that is not read.
 */
export async function withPipeline(
  context: Pick<RunContext, 'openPipeline' | 'agent' | 'log'>,
  setPaused: (paused: boolean) => void,
  attend: Attend,
): Promise<RunEnd> {
  let pipeline: Pipeline | undefined;
  let failed = false;
  try {
    pipeline = await context.openPipeline((full) => {
      if (!failed) setPaused(full);
    });
    return await attend(pipeline);
  } catch (error) {
    failed = true;
    const why = failureWords(error);
    context.log('nothing is sent', `from now on nothing is sent, and output is only read and copied: ${why}`);
    return attend(createNoPipeline(context.agent, why, stateOf(pipeline)));
  }
}
