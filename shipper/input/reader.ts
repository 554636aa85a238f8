import type { StreamCode } from '../../shared/record/format.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Input } from './source.ts';
import type { Copy } from './tee.ts';

const LF = 0x0a;

/** A stream to read, and where a copy of it goes. */
export interface IntakeStream {
  readonly code: StreamCode;
  readonly input: Input;
  readonly copy: Copy | undefined;
}

/** Reads streams into the pipeline, never stopping unless told to. */
export interface Intake {
  /** Settles when all streams are at their end. */
  readonly ended: Promise<void>;
  /** Stops reading, or goes on. */
  readonly pause: (paused: boolean) => void;
  readonly paused: () => boolean;
  /** From now on what comes is read and copied, but no longer sent. */
  readonly seal: () => void;
  /** Lines that came after that. */
  readonly lateLines: () => number;
}

export function createIntake(streams: readonly IntakeStream[], pipeline: Pipeline): Intake {
  let paused = false;
  let sealed = false;
  let lateLines = 0;
  /** Those whose copy asked to wait. */
  const waiting = new Set<Input>();

  const flow = (input: Input): void => {
    const held = !sealed && (paused || waiting.has(input));
    input[held ? 'pause' : 'resume']();
  };

  const waitForCopy = async (input: Input, room: Promise<void>): Promise<void> => {
    waiting.add(input);
    flow(input);
    await room;
    waiting.delete(input);
    flow(input);
  };

  const read = async ({ code, input, copy }: IntakeStream): Promise<void> => {
    await input.read((chunk, keep) => {
      const room = copy?.write(chunk, keep);
      if (room !== undefined) void waitForCopy(input, room);
      if (sealed) lateLines += countLines(chunk);
      else pipeline.write(code, chunk);
    });
    if (!sealed) pipeline.end(code);
  };

  const readAll = async (): Promise<void> => {
    await Promise.all(streams.map(read));
  };

  return {
    ended: readAll(),
    pause: (pause) => {
      paused = pause;
      for (const { input } of streams) flow(input);
    },
    paused: () => paused,
    seal: () => {
      if (sealed) return;
      sealed = true;
      for (const { code } of streams) pipeline.end(code);
      // Those that outlive the agent are not to block on a full pipe.
      for (const { input } of streams) flow(input);
    },
    lateLines: () => lateLines,
  };
}

function countLines(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) lines += 1;
  return lines;
}
