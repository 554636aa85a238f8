import { FLAG_UNTERMINATED } from '../../shared/record/format.ts';

const LF_BYTES = Buffer.from('\n');
const CR = 0x0d;

/**
 * Whole lines, each ended by LF: `bytes` bytes in `parts`, which are valid only during the call. With
 * FLAG_UNTERMINATED it is one line.
 */
export interface LineBlock {
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  readonly lines: number;
  readonly flags: number;
}

/** A line whose end has not been read yet. As soon as it is too long, parts of it are passed on as lines. */
export interface PartialLine {
  /** The bytes are copied. */
  readonly add: (bytes: Buffer) => void;
  readonly isEmpty: () => boolean;
  /** Ends the line: the agent has, or no more will come. */
  readonly end: (by: 'agent' | 'us') => void;
  /** How many lines were split. */
  readonly split: () => number;
}

/**
 * Splits at `maxLineBytes`, between UTF-8 characters if the bytes are UTF-8. Neither LF nor a CR before it counts:
 * readers remove such a CR, and a part that holds nothing else would be an empty line.
 */
export function createPartialLine(maxLineBytes: number, onBlock: (block: LineBlock) => void): PartialLine {
  let parts: Buffer[] = [];
  let bytes = 0;
  let splitAlready = false;
  let splitLines = 0;

  const split = (): void => {
    let rest = Buffer.concat(parts);
    if (!splitAlready) splitLines += 1;
    splitAlready = true;
    while (lineBytes(rest, 0, rest.length) > maxLineBytes) {
      const length = utf8Boundary(rest, maxLineBytes);
      onBlock(oneLine([rest.subarray(0, length)], length, FLAG_UNTERMINATED));
      rest = rest.subarray(length);
    }
    parts = [rest];
    bytes = rest.length;
  };

  return {
    add: (more) => {
      if (more.length === 0) return;
      parts.push(Buffer.from(more));
      const before = bytes;
      bytes += more.length;
      if (before + lineBytes(more, 0, more.length) > maxLineBytes) split();
    },
    isEmpty: () => bytes === 0,
    end: (by) => {
      onBlock(oneLine(parts, bytes, by === 'agent' ? 0 : FLAG_UNTERMINATED));
      parts = [];
      bytes = 0;
      splitAlready = false;
    },
    split: () => splitLines,
  };
}

/** Length of the line `bytes[from, end)`, without a CR at its end. */
export function lineBytes(bytes: Buffer, from: number, end: number): number {
  return end - from - (bytes[end - 1] === CR ? 1 : 0);
}

function oneLine(parts: readonly Buffer[], bytes: number, flags: number): LineBlock {
  return { parts: [...parts, LF_BYTES], bytes: bytes + 1, lines: 1, flags };
}

/** The highest offset up to `limit` that is not inside a UTF-8 sequence; `limit` itself if the bytes are not UTF-8. */
function utf8Boundary(bytes: Buffer, limit: number): number {
  for (let at = limit; at > limit - 4 && at > 0; at -= 1) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  }
  return limit;
}
