import { countRows, countWords, type DeliveryCount } from './count-rows.ts';
import { lineRow, type StreamLine } from './line-row.ts';
import type { Terminal } from './terminal.ts';

/** Shows lines as they come, and below them how many each destination has got. */
export interface LiveView {
  readonly line: (line: StreamLine) => void;
  /** Words of ours, on lines of their own. */
  readonly say: (text: string) => void;
  /** Shows what has come since the last time; to be called a few times a second, and when the window has changed. */
  readonly draw: () => void;
  /** Somebody else has written to the terminal, such as a shell while we were stopped. */
  readonly forget: () => void;
  /** Shows the last lines, and takes the counts away; only words follow. */
  readonly end: () => void;
}

export interface LiveViewOptions {
  readonly write: (text: string) => void;
  readonly terminal: Terminal;
  readonly counts: () => readonly DeliveryCount[];
  readonly monotonic: () => number;
}

/** Where nothing can be drawn over, counts are lines among others, and not often. */
const COUNTS_EVERY_MS = 10_000;

export function createLiveView(options: LiveViewOptions): LiveView {
  return options.terminal.redraws ? drawingView(options) : plainView(options);
}

function drawingView({ write, terminal, counts }: LiveViewOptions): LiveView {
  let waiting: string[] = [];
  let drawn: readonly string[] = [];
  let drawnWidth = 0;
  let isEnded = false;

  /** Goes back over what was drawn; a window that was made narrower may have broken its rows. */
  function back(columns: number): string {
    if (drawn.length === 0) return '';
    const height = drawn.reduce((sum, row) => sum + Math.max(1, Math.ceil(row.length / columns)), 0);
    return `\u001b[${height}A\r\u001b[J`;
  }
  function draw(): void {
    const size = terminal.size();
    const rows = isEnded ? [] : countRows(counts(), size);
    const isSame = rows.length === drawn.length && rows.every((row, i) => row === drawn[i]);
    if (waiting.length === 0 && isSame && size.columns === drawnWidth) return;
    const lines = [...waiting, ...rows].map((row) => `${row}\n`).join('');
    write(back(size.columns) + lines);
    waiting = [];
    drawn = rows;
    drawnWidth = size.columns;
  }
  return {
    line: (line) => {
      const columns = terminal.size().columns - 1;
      waiting.push(lineRow(line, { colors: terminal.colors, columns }));
    },
    say: (text) => {
      waiting.push(text);
      draw();
    },
    draw,
    forget: () => {
      drawn = [];
      draw();
    },
    end: () => {
      isEnded = true;
      draw();
    },
  };
}

function plainView({ write, terminal, counts, monotonic }: LiveViewOptions): LiveView {
  let waiting = '';
  let told = '';
  let nextCountsMs = monotonic() + COUNTS_EVERY_MS;

  function flush(): void {
    if (waiting !== '') write(waiting);
    waiting = '';
  }
  return {
    line: (line) => {
      waiting += `${lineRow(line, { colors: terminal.colors, columns: undefined })}\n`;
    },
    say: (text) => {
      waiting += `${text}\n`;
      flush();
    },
    draw: () => {
      const words = countWords(counts());
      if (monotonic() >= nextCountsMs && words !== told) {
        waiting += `log-drain: ${words}\n`;
        told = words;
        nextCountsMs = monotonic() + COUNTS_EVERY_MS;
      }
      flush();
    },
    forget: () => {},
    end: flush,
  };
}
