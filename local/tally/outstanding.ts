export type Stream = 'stdout' | 'stderr';

/**
 * Where a line stands: twice its number in its stream (from 1), plus 1 on stderr. One number, since there may
 * be millions; 0 stands for a place that is not known.
 */
export type LinePosition = number;

export const UNKNOWN_PLACE: LinePosition = 0;

export function placeOf(stream: Stream, number: number): LinePosition {
  return 2 * number + (stream === 'stderr' ? 1 : 0);
}

export function streamOfPlace(place: LinePosition): Stream {
  return place % 2 === 1 ? 'stderr' : 'stdout';
}

/** Lines that were written and not yet accepted, by key. Only a line without its like keeps its place. */
export interface Outstanding {
  readonly add: (key: number, place: LinePosition) => void;
  /** Takes one line of the key out; undefined if there is none. */
  readonly take: (key: number) => LinePosition | undefined;
  readonly size: () => number;
}

export function createOutstanding(): Outstanding {
  /** By key: a place, or minus the number of lines, all of unknown place. */
  const lines = new Map<number, number>();
  let size = 0;
  return {
    size: () => size,
    add: (key, place) => {
      const known = lines.get(key);
      size += 1;
      if (known !== undefined) lines.set(key, known > 0 ? -2 : known - 1);
      else lines.set(key, place === UNKNOWN_PLACE ? -1 : place);
    },
    take: (key) => {
      const known = lines.get(key);
      if (known === undefined) return undefined;
      size -= 1;
      if (known < -1) lines.set(key, known + 1);
      else lines.delete(key);
      return Math.max(known, UNKNOWN_PLACE);
    },
  };
}
