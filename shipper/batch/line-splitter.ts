import { type Block, createHeldLine, lineBytes } from './partial-line.ts';

const LF = 0x0a;
/** Chunks are looked at in pieces of this size, which with one longest line still fit into a record. */
const PIECE_BYTES = 64 * 1024;

/** Cuts one stream of bytes into blocks of lines, holding back what is not ended yet. */
export interface LineCutter {
  readonly write: (chunk: Buffer) => void;
  /** Ends an unterminated last line with an LF of ours; the cutter can be used on. */
  readonly end: () => void;
  /** Lines as the agent wrote them: a split one counts once. */
  readonly lines: () => number;
  /** How many lines were split. */
  readonly split: () => number;
}

/** A cutter that splits lines longer than `maxLineBytes`, their ends (LF or CRLF) not counted. */
export function createLineCutter(maxLineBytes: number, onBlock: (block: Block) => void): LineCutter {
  const held = createHeldLine(maxLineBytes, onBlock);
  let lines = 0;

  const endHeld = (by: 'agent' | 'us'): void => {
    lines += 1;
    held.end(by);
  };

  /** Lines that are short enough. */
  const passOn = (block: Buffer): void => {
    if (block.length === 0) return;
    const count = countLines(block);
    lines += count;
    onBlock({ parts: [block], bytes: block.length, lines: count, flags: 0 });
  };

  /** Whole lines with nothing held before them. */
  const takeWhole = (block: Buffer): void => {
    let start = 0;
    let from = 0;
    // A block that is no longer than one line may be has no longer lines in it.
    while (block.length - start > maxLineBytes && from < block.length) {
      const end = block.indexOf(LF, from);
      if (lineBytes(block, from, end) > maxLineBytes) {
        passOn(block.subarray(start, from));
        held.add(block.subarray(from, end));
        endHeld('agent');
        start = end + 1;
      }
      from = end + 1;
    }
    passOn(block.subarray(start));
  };

  const takePiece = (piece: Buffer): void => {
    const heldEnd = held.isEmpty() ? -1 : piece.indexOf(LF);
    if (heldEnd === -1 && !held.isEmpty()) {
      held.add(piece);
      return;
    }
    if (heldEnd !== -1) {
      held.add(piece.subarray(0, heldEnd));
      endHeld('agent');
    }
    const rest = piece.subarray(heldEnd + 1);
    const end = rest.lastIndexOf(LF) + 1;
    takeWhole(rest.subarray(0, end));
    held.add(rest.subarray(end));
  };

  return {
    write: (chunk) => {
      for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
        takePiece(chunk.subarray(from, from + PIECE_BYTES));
      }
    },
    end: () => {
      if (!held.isEmpty()) endHeld('us');
    },
    lines: () => lines,
    split: held.split,
  };
}

function countLines(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(LF); at !== -1; at = block.indexOf(LF, at + 1)) count += 1;
  return count;
}
