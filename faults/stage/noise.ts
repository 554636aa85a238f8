import { randomBytes } from 'node:crypto';
import type { Step } from './plan.ts';

const LINE_BYTES = 1024;
/** More than a record holds, so that no record holds a line twice. */
const LINES = 1_200;

/** Some 1.2 MB of lines of 1 KiB which hardly compress. */
export function noisyLines(marker: string): Buffer {
  const line = (): string => {
    const text = `${marker} ${randomBytes(LINE_BYTES).toString('base64')}`;
    return `${text.slice(0, LINE_BYTES - 1)}\n`;
  };
  return Buffer.from(Array.from({ length: LINES }, line).join(''));
}

/** Steps that write such lines, the same with each step, `pauseMs` apart: many records. */
export function noise(marker: string, { times, pauseMs = 0 }: NoiseOptions): Step[] {
  const lines: Step = { kind: 'bytes', base64: noisyLines(marker).toString('base64') };
  return Array.from({ length: times }, () => [lines, { kind: 'wait', ms: pauseMs } as const]).flat();
}

export interface NoiseOptions {
  readonly times: number;
  readonly pauseMs?: number;
}
