import { STDERR, STDOUT, type StreamCode } from '../shared/record/format.ts';
import { countLines } from './base/count-lines.ts';
import type { LineCounts } from './batch/batcher.ts';
import type { Pipeline } from './pipeline.ts';

const LF = 0x0a;

/** What a pipeline says of the lines that it got. */
interface PipelineState extends LineCounts {
  /** The name of this start in the records; empty if there are none. */
  readonly boot: string;
  readonly unsent: number;
  readonly spooled: number;
  readonly dropped: number;
}

const NOTHING: PipelineState = {
  boot: '',
  stdout: 0,
  stderr: 0,
  events: 0,
  split: 0,
  unsent: 0,
  spooled: 0,
  dropped: 0,
};

/** Stops a pipeline that has failed, and tells how far it had come; undefined: it was never opened. */
export function stateOf(pipeline: Pipeline | undefined): PipelineState {
  try {
    if (pipeline === undefined) return NOTHING;
    pipeline.stop();
    return {
      ...pipeline.counts(),
      boot: pipeline.identity.boot,
      unsent: pipeline.unsentLines(),
      spooled: pipeline.spooledLines(),
      dropped: pipeline.droppedLines(),
    };
  } catch {
    return NOTHING;
  }
}

/** Takes the place of a pipeline that cannot be opened, or has failed: counts lines, beginning with its, and sends none. */
export function createNoPipeline(
  agent: Pick<Pipeline['identity'], 'agentId' | 'workerId'>,
  why: string,
  before: PipelineState,
): Pipeline {
  const lines = { [STDOUT]: 0, [STDERR]: 0 };
  const isOpen = { [STDOUT]: false, [STDERR]: false };

  const end = (stream: StreamCode): void => {
    if (isOpen[stream]) lines[stream] += 1;
    isOpen[stream] = false;
  };

  return {
    canSend: false,
    identity: { ...agent, boot: before.boot },
    write: (stream, chunk) => {
      lines[stream] += countLines(chunk);
      isOpen[stream] = chunk.at(-1) !== LF;
    },
    end,
    event: () => {},
    finish: () => {},
    unsentLines: () => before.unsent + lines[STDOUT] + lines[STDERR],
    spooledLines: () => before.spooled,
    droppedLines: () => before.dropped,
    unannouncedLines: () => before.dropped,
    counts: () => ({
      stdout: before.stdout + lines[STDOUT],
      stderr: before.stderr + lines[STDERR],
      events: before.events,
      split: before.split,
    }),
    onProgress: () => {},
    failureReason: () => why,
    hurry: () => {},
    stop: () => {},
  };
}
