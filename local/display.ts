import type { DeliveryCount } from './view/count-rows.ts';
import type { StreamLine } from './view/line-row.ts';
import { createLiveView } from './view/live-view.ts';
import { createSharedOutput } from './view/output.ts';
import { type Terminal, terminalOf } from './view/terminal.ts';
import { wrapWords } from './view/words.ts';

/** Where a person sees what happens. */
export interface Display {
  /** A message of ours. */
  readonly say: (text: string) => void;
  /** Rows that are to be copied, as they are. */
  readonly text: (rows: readonly string[]) => void;
  /** Shows what a command wrote, as it is; the sample agent's lines are seen in the stream instead. */
  readonly copy?: (chunk: Buffer) => Promise<void>;
  readonly line?: (line: StreamLine) => void;
  /** Nothing but words of ours follows. */
  readonly end: () => void;
}

export interface DisplayOptions {
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly counts: () => readonly DeliveryCount[];
}

const DRAW_EVERY_MS = 250;

/** Lines of the sample agent as they come, and counts below them. */
export function sampleDisplay({ stderr, env, counts }: DisplayOptions): Display {
  const terminal = terminalOf(stderr, env);
  // That nobody looks any more is told to whoever listens for it.
  stderr.on('error', () => undefined);
  const view = createLiveView({
    write: (text) => void stderr.write(text),
    terminal,
    counts,
    monotonic: () => performance.now(),
  });
  const timer = setInterval(view.draw, DRAW_EVERY_MS);
  stderr.on('resize', view.draw);
  // After Ctrl-Z the shell has written below what was drawn.
  process.on('SIGCONT', view.forget);
  return {
    say: (text) => view.say(message(text, terminal)),
    text: (rows) => view.say(rows.join('\n')),
    line: view.line,
    end: () => {
      clearInterval(timer);
      stderr.off('resize', view.draw);
      process.off('SIGCONT', view.forget);
      view.end();
    },
  };
}

/** What a command writes, byte for byte, and our messages between. */
export function commandDisplay({ stderr, env }: Omit<DisplayOptions, 'counts'>): Display {
  const terminal = terminalOf(stderr, env);
  const output = createSharedOutput(stderr);
  return {
    say: (text) => output.say(message(text, terminal)),
    text: (rows) => output.say(rows.join('\n')),
    copy: output.copy,
    end: () => {
      if (stderr.isTTY) output.endLine();
    },
  };
}

function message(text: string, { redraws, size }: Terminal): string {
  const words = `log-drain: ${text}`;
  return redraws ? wrapWords(words, size().columns - 1) : words;
}
