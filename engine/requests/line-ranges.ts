import type { Range } from '../../shared/destination/outcome.ts';
import type { Segment } from '../decode/progress.ts';

/** A part of a line that is too long for the service. */
export interface Part {
  /** Bytes of the group. */
  readonly start: number;
  readonly end: number;
  /** Parts of this line that are not settled yet; shared by all of them. */
  readonly line: { open: number; rejected: string | undefined };
}

/** Consecutive lines of a segment, or one part of one line. */
export interface Piece {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
  readonly part?: Part;
}

export function eventsOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The pieces that hold the events `[range.from, range.to)` of a request. */
export function slicePieces(pieces: readonly Piece[], range: Range): Piece[] {
  const slices: Piece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const events = piece.to - piece.from;
    const from = Math.max(range.from - at, 0);
    const to = Math.min(range.to - at, events);
    if (from === 0 && to === events) slices.push(piece);
    else if (from < to) slices.push({ ...piece, from: piece.from + from, to: piece.from + to });
    at += events;
  }
  return slices;
}

/** A place in a list of pieces, from which requests are filled. */
export interface Cursor {
  /** The piece at hand, from its next line on. */
  readonly peek: () => Piece | undefined;
  /** Moves past `lines` lines of the piece at hand. */
  readonly advance: (lines: number) => void;
  /** Replaces the next line by these pieces. */
  readonly replaceLine: (pieces: readonly Piece[]) => void;
}

export function createCursor(pieces: readonly Piece[]): Cursor {
  /** Reversed, so that taking from the front is cheap. */
  const stack = pieces.toReversed();
  function advance(lines: number): void {
    const piece = stack.pop();
    if (piece !== undefined && piece.from + lines < piece.to) {
      stack.push({ ...piece, from: piece.from + lines });
    }
  }
  return {
    peek: () => stack.at(-1),
    advance,
    replaceLine: (parts) => {
      advance(1);
      stack.push(...parts.toReversed());
    },
  };
}
