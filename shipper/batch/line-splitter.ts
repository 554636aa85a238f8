import type { Clock } from '../../shared/base/clock.ts';
import { countLines } from '../base/count-lines.ts';
import { createAgeLimit } from './age-limit.ts';
import { createPartialLine, type LineBlock, lineBytes, type PartialLine } from './partial-line.ts';

const LF = 0x0a;
/** A line that has no end by then is passed on in parts: a prompt is seen while the agent waits, and outlives a kill. */
const MAX_OPEN_MS = 5_000;
/** Chunks are processed in pieces of this size: one of them and one line of maximum length fit into a record. */
const PIECE_BYTES = 64 * 1024;

export interface LineSplitterOptions {
  /** Longer lines are split; their ends (LF or CRLF) do not count. */
  readonly maxLineBytes: number;
  readonly onBlock: (block: LineBlock) => void;
  /** A part of a line that is still without an end, to be sent at once; its last byte was read at `timeMs`, in epoch ms. */
  readonly onOldPart: (block: LineBlock, timeMs: number) => void;
  /** Whether what the agent writes is being read: if not, the end of a line may be in the pipe for long. */
  readonly isReading: () => boolean;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'after'>;
}

/** Splits one stream of bytes into blocks of lines, and holds back a line that has not ended, for MAX_OPEN_MS. */
export interface LineSplitter {
  readonly write: (chunk: Buffer) => void;
  /** Ends an unterminated last line with an LF of our own; more may be written afterwards. */
  readonly end: () => void;
  /** Lines as the agent wrote them: one that was passed on in parts counts once. */
  readonly lines: () => number;
  /** How many lines were split because they were too long. */
  readonly split: () => number;
}

export function createLineSplitter(options: LineSplitterOptions): LineSplitter {
  const { maxLineBytes, onBlock } = options;
  const partial = createAgingLine(options);
  let lines = 0;

  const endPartial = (by: 'agent' | 'us'): void => {
    lines += 1;
    partial.end(by);
  };

  /** Lines that are short enough to stay whole. */
  const passOn = (block: Buffer): void => {
    if (block.length === 0) return;
    const count = countLines(block);
    lines += count;
    onBlock({ parts: [block], bytes: block.length, lines: count, flags: 0 });
  };

  /** Whole lines, while no line is open. */
  const takeWhole = (block: Buffer): void => {
    let start = 0;
    let from = 0;
    // What is left is checked line by line only while it is longer than the longest line allowed.
    while (block.length - start > maxLineBytes && from < block.length) {
      const end = block.indexOf(LF, from);
      if (lineBytes(block, from, end) > maxLineBytes) {
        passOn(block.subarray(start, from));
        partial.add(block.subarray(from, end));
        endPartial('agent');
        start = end + 1;
      }
      from = end + 1;
    }
    passOn(block.subarray(start));
  };

  const takePiece = (piece: Buffer): void => {
    const partialEnd = partial.isOpen() ? piece.indexOf(LF) : -1;
    if (partialEnd === -1 && partial.isOpen()) {
      partial.add(piece);
      return;
    }
    if (partialEnd !== -1) {
      partial.add(piece.subarray(0, partialEnd));
      endPartial('agent');
    }
    const rest = piece.subarray(partialEnd + 1);
    const end = rest.lastIndexOf(LF) + 1;
    takeWhole(rest.subarray(0, end));
    partial.add(rest.subarray(end));
  };

  return {
    write: (chunk) => {
      for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
        takePiece(chunk.subarray(from, from + PIECE_BYTES));
      }
      if (partial.isOpen()) partial.onRead();
    },
    end: () => {
      if (partial.isOpen()) endPartial('us');
      partial.stopAging();
    },
    lines: () => lines,
    split: partial.split,
  };
}

/** A line whose end has not been read yet, of which a part is passed on whenever what is held is too old. */
interface AgingLine extends Omit<PartialLine, 'cut'> {
  /** The last byte of what is held was read just now. */
  readonly onRead: () => void;
  /** Nothing is passed on for its age until more is added. */
  readonly stopAging: () => void;
}

function createAgingLine(options: LineSplitterOptions): AgingLine {
  const { maxLineBytes, onBlock, onOldPart, isReading, clock } = options;
  let readMs = 0;
  const partial = createPartialLine({ maxLineBytes, onBlock, onHeld: () => age.begin() });
  const age = createAgeLimit(MAX_OPEN_MS, clock, () => {
    if (!isReading()) return age.begin();
    const part = partial.cut();
    if (part !== undefined) onOldPart(part, readMs);
  });
  return {
    ...partial,
    onRead: () => {
      readMs = clock.now();
    },
    stopAging: age.stop,
  };
}
