/** A process's output stream, line by line. */
import type { Readable } from 'node:stream';

/** A line without an end is handed over in pieces of this length. */
const MAX_LINE_CHARACTERS = 1024 * 1024;

export interface OutputLines {
  /** Resolves at the next end mark, or when the stream ends. */
  readonly nextMark: () => Promise<void>;
  /** Resolves when the stream has ended and all of it was handed over. */
  readonly ended: Promise<void>;
}

/** Hands each line to `onLine` without its LF; end marks, alone or after an unfinished line, are taken out. */
export function readLines(stream: Readable, endMark: string, onLine: (line: string) => void): OutputLines {
  let rest = '';
  let marks = 0;
  let isOver = false;
  let waiting: (() => void) | undefined;

  function mark(): void {
    marks += 1;
    waiting?.();
  }

  function line(text: string): void {
    if (!text.endsWith(endMark)) {
      onLine(text);
      return;
    }
    const before = text.slice(0, -endMark.length);
    if (before !== '') onLine(before);
    mark();
  }

  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) line(one);
    if (rest.length < MAX_LINE_CHARACTERS) return;
    onLine(rest);
    rest = '';
  });
  const ended = new Promise<void>((resolve) => {
    stream.once('close', () => {
      if (rest !== '') onLine(rest);
      isOver = true;
      waiting?.();
      resolve();
    });
  });

  return {
    ended,
    nextMark: async () => {
      if (marks === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
      marks = Math.max(0, marks - 1);
    },
  };
}
