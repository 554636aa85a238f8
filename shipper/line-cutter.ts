import { FLAG_UNTERMINATED } from '../shared/record/format.ts';

const LF = 0x0a;
const LF_BYTES = Buffer.from('\n');
/** Chunks are looked at in pieces of this size, which with one longest line still fit into a record. */
const PIECE_BYTES = 64 * 1024;

/** Whole lines, each ended by LF: `bytes` bytes in `parts`. With FLAG_UNTERMINATED it is one line. */
export interface Block {
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  readonly lines: number;
  readonly flags: number;
}

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

/** A cutter that splits lines longer than `maxLineBytes` (without LF), on UTF-8 boundaries where there are any. */
export function createLineCutter(maxLineBytes: number, onBlock: (block: Block) => void): LineCutter {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let inSplitLine = false;
  let lines = 0;
  let split = 0;

  const hold = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes > maxLineBytes) splitHeld();
  };

  const splitHeld = (): void => {
    let rest = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
    if (!inSplitLine) split += 1;
    inSplitLine = true;
    while (rest.length > maxLineBytes) {
      const cut = utf8Boundary(rest, maxLineBytes);
      onBlock(unterminated([rest.subarray(0, cut)], cut));
      rest = rest.subarray(cut);
    }
    held = [rest];
    heldBytes = rest.length;
  };

  const takeHeld = (): Buffer[] => {
    const taken = held;
    held = [];
    heldBytes = 0;
    inSplitLine = false;
    lines += 1;
    return taken;
  };

  /** The end of the held line: bytes up to the LF, without it. */
  const endHeld = (tail: Buffer): void => {
    hold(tail);
    const bytes = heldBytes + 1;
    onBlock({ parts: [...takeHeld(), LF_BYTES], bytes, lines: 1, flags: 0 });
  };

  /** Whole lines with nothing held before them. */
  const takeWhole = (block: Buffer): void => {
    if (block.length <= maxLineBytes) {
      const count = countLines(block);
      lines += count;
      onBlock({ parts: [block], bytes: block.length, lines: count, flags: 0 });
      return;
    }
    for (let from = 0; from < block.length; ) {
      const end = block.indexOf(LF, from);
      endHeld(block.subarray(from, end));
      from = end + 1;
    }
  };

  const takePiece = (piece: Buffer): void => {
    let from = 0;
    if (heldBytes > 0) {
      const end = piece.indexOf(LF);
      if (end === -1) {
        hold(piece);
        return;
      }
      endHeld(piece.subarray(0, end));
      from = end + 1;
    }
    const end = piece.lastIndexOf(LF) + 1;
    if (end > from) takeWhole(piece.subarray(from, end));
    hold(piece.subarray(Math.max(from, end)));
  };

  return {
    write: (chunk) => {
      for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
        takePiece(chunk.subarray(from, from + PIECE_BYTES));
      }
    },
    end: () => {
      if (heldBytes === 0) return;
      const bytes = heldBytes;
      onBlock(unterminated(takeHeld(), bytes));
    },
    lines: () => lines,
    split: () => split,
  };
}

function unterminated(parts: readonly Buffer[], bytes: number): Block {
  return { parts: [...parts, LF_BYTES], bytes: bytes + 1, lines: 1, flags: FLAG_UNTERMINATED };
}

function countLines(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(LF); at !== -1; at = block.indexOf(LF, at + 1)) count += 1;
  return count;
}

/** The highest offset up to `limit` that is not inside a UTF-8 sequence; `limit` itself if the bytes are not UTF-8. */
function utf8Boundary(bytes: Buffer, limit: number): number {
  for (let at = limit; at > limit - 4 && at > 0; at -= 1) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  }
  return limit;
}
