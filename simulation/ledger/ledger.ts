import type { Line } from './lines.ts';

/** One time that a service took a line. */
export interface Delivery {
  readonly atMs: number;
  readonly container: number;
  readonly invocation: number;
  /** The answer that said so was read by the container. */
  confirmed: boolean;
}

/** All that has become of one line so far. */
export interface LineFate extends Line {
  deliveries: readonly Delivery[];
  /** Times that the stream took it. */
  copies: number;
  /** Keys of the objects that hold it. */
  objects: readonly string[];
  /** Long lines may be taken in parts: their beginning was. */
  startTaken: boolean;
}

/** What a check found to be wrong. */
export interface Violation {
  readonly atMs: number;
  /** Our own code. */
  readonly rule: string;
  readonly what: string;
}

/** Knows each line and what became of it, and collects what is wrong. */
export interface Ledger {
  readonly write: (line: Omit<Line, 'id' | 'writtenMs'>) => LineFate;
  readonly line: (id: number) => LineFate;
  readonly lines: readonly LineFate[];
  readonly violate: (rule: string, what: string) => void;
  readonly violations: readonly Violation[];
  /** Something that is allowed, but to be counted. */
  readonly note: (what: string) => void;
  readonly notes: ReadonlyMap<string, number>;
}

/** Of all lines of which there are none yet: a list for each would be most of the memory. */
const NONE: readonly never[] = [];
/** More of them say nothing new, and the first is the cause. */
const MAX_VIOLATIONS = 20;

export function createLedger(now: () => number): Ledger {
  const lines: LineFate[] = [];
  const violations: Violation[] = [];
  const notes = new Map<string, number>();

  function line(id: number): LineFate {
    const found = lines[id];
    if (found === undefined) throw new RangeError(`There is no line ${id}.`);
    return found;
  }

  return {
    write: ({ agent, worker, boot, nature }) => {
      const written: LineFate = {
        agent,
        worker,
        boot,
        nature,
        id: lines.length,
        writtenMs: now(),
        deliveries: NONE,
        copies: 0,
        objects: NONE,
        startTaken: false,
      };
      lines.push(written);
      return written;
    },
    line,
    lines,
    violate: (rule, what) => {
      if (violations.length < MAX_VIOLATIONS) violations.push({ atMs: now(), rule, what });
    },
    violations,
    note: (what) => void notes.set(what, (notes.get(what) ?? 0) + 1),
    notes,
  };
}

/** For messages: whose line it is, and which. */
export function nameOf({ id, agent, boot }: Line): string {
  return `line ${id} (${agent}, boot ${boot})`;
}
