/** What a line is to those who meet it on its way. */
export type LineNature =
  | 'plain'
  /** A service that minds bad lines refuses it. */
  | 'bad'
  /** Longer than some services take in one event. */
  | 'long';

/** The boot of lines that another producer puts, which have none. */
export const FOREIGN = 'foreign';

/** One line that an agent wrote: the ground truth that all checks rest on. */
export interface Line {
  /** From 0 on, in the order of writing. */
  readonly id: number;
  readonly agent: string;
  readonly worker: string;
  /** One start of the worker's shipper; lines of a boot have an order. */
  readonly boot: string;
  readonly nature: LineNature;
  /** Ms since the beginning. */
  readonly writtenMs: number;
}

/**
 * Each line bears its id in a form that no encoding of a service changes, so that a body of any service shows whose bytes
 * it holds. A long one has a mark at either end: services may get it in parts.
 */
export function textOf({ id, nature }: Pick<Line, 'id' | 'nature'>, longBytes: number): string {
  const name = id.toString(36);
  if (nature !== 'long') return `INFO ~${name}~`;
  return `INFO ~${name}( ${'long '.repeat(Math.ceil(longBytes / 5))})${name}~`;
}

/** A line that was found in some bytes, whole or one end of it. */
export interface Found {
  readonly id: number;
  readonly part: 'whole' | 'start' | 'end';
}

const MARK = /~([0-9a-z]+)([~(])|\)([0-9a-z]+)~/g;

/** The lines in a body, in its order. */
export function linesIn(body: Buffer | string): Found[] {
  const text = typeof body === 'string' ? body : body.toString('latin1');
  return [...text.matchAll(MARK)].map(([, name, end, last]): Found => {
    if (last !== undefined) return { id: Number.parseInt(last, 36), part: 'end' };
    return { id: Number.parseInt(name ?? '', 36), part: end === '(' ? 'start' : 'whole' };
  });
}

/** Ids of lines of which the beginning is there. */
export function idsIn(body: Buffer | string): number[] {
  return linesIn(body).flatMap(({ id, part }) => (part === 'end' ? [] : [id]));
}
