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

export interface PartialLineOptions {
  readonly maxLineBytes: number;
  readonly onBlock: (block: LineBlock) => void;
  /** What is held begins to age. */
  readonly onHeld: () => void;
}

/** A line whose end has not been read yet. As soon as it is too long, or on demand, parts of it are passed on as lines. */
export interface PartialLine {
  /** The bytes are copied. */
  readonly add: (bytes: Buffer) => void;
  /** A line has begun: some of it is held, or was passed on. */
  readonly isOpen: () => boolean;
  /** Takes what is held as a part, except what may have to stay together with what comes next; undefined if that is all. */
  readonly cut: () => LineBlock | undefined;
  /** Ends the line: the agent has, or no more will come. */
  readonly end: (by: 'agent' | 'us') => void;
  /** How many lines were split because they were too long. */
  readonly split: () => number;
}

/**
 * Splits at `maxLineBytes`, between UTF-8 characters if the bytes are UTF-8. Neither LF nor a CR before it counts:
 * readers remove such a CR, and a part that holds nothing else would be an empty line.
 */
export function createPartialLine({ maxLineBytes, onBlock, onHeld }: PartialLineOptions): PartialLine {
  let parts: Buffer[] = [];
  let bytes = 0;
  let open = false;
  let splitAlready = false;
  let splitLines = 0;
  /** What is held was too little to be passed on when it was old: its age counts again from the next byte. */
  let ageless = false;

  const hold = (rest: Buffer): void => {
    parts = rest.length === 0 ? [] : [rest];
    bytes = rest.length;
  };

  const split = (): void => {
    let rest = Buffer.concat(parts);
    if (!splitAlready) splitLines += 1;
    splitAlready = true;
    while (lineBytes(rest, 0, rest.length) > maxLineBytes) {
      const length = utf8Boundary(rest, maxLineBytes);
      onBlock(oneLine([rest.subarray(0, length)], length, FLAG_UNTERMINATED));
      rest = rest.subarray(length);
    }
    hold(rest);
    onHeld();
  };

  return {
    add: (more) => {
      if (more.length === 0) return;
      open = true;
      if (bytes === 0 || ageless) onHeld();
      ageless = false;
      parts.push(Buffer.from(more));
      const before = bytes;
      bytes += more.length;
      if (before + lineBytes(more, 0, more.length) > maxLineBytes) split();
    },
    isOpen: () => open,
    cut: () => {
      if (bytes === 0) return undefined;
      const held = Buffer.concat(parts);
      // Nobody misses a CR that waits, and the next byte may be the LF that it belongs to.
      ageless = bytes === 1 && held[0] === CR;
      if (ageless) return undefined;
      const length = held.length - tailBytes(held);
      // The beginning of a character that was alone for so long is no character.
      const end = length === 0 ? held.length : length;
      hold(held.subarray(end));
      if (bytes > 0) onHeld();
      return oneLine([held.subarray(0, end)], end, FLAG_UNTERMINATED);
    },
    end: (by) => {
      // Without more, the parts that were passed on are the whole line.
      if (by === 'agent' || bytes > 0) onBlock(oneLine(parts, bytes, by === 'agent' ? 0 : FLAG_UNTERMINATED));
      hold(Buffer.alloc(0));
      open = false;
      splitAlready = false;
      ageless = false;
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

/** How many bytes at the end must not be parted from what follows: a CR, or a UTF-8 sequence that is not complete. */
function tailBytes(bytes: Buffer): number {
  if (bytes[bytes.length - 1] === CR) return 1;
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) !== 0x80) return sequenceBytes(byte) > back ? back : 0;
  }
  return 0;
}

/** The length of the UTF-8 sequence that the byte begins; 1 if it begins none: RFC 3629, section 4. */
function sequenceBytes(byte: number): number {
  if (byte < 0xc2 || byte > 0xf4) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}
