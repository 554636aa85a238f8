/** One accepted event as its service shows it. */
export interface AcceptedLine {
  readonly agent: unknown;
  readonly worker: unknown;
  readonly stream: unknown;
  readonly text: string;
  /** Epoch ms. */
  readonly timeMs: number;
  readonly seq: number | undefined;
  readonly request: number;
}

export type Fields = Readonly<Record<string, unknown>>;
type RawLine = Omit<AcceptedLine, 'request'>;

/**
 * How a service's accepted events are read back, by a reader that shares nothing with the receivers: each destination has
 * one as `READ_BACK` of `test/receivers/<id>/read-back.ts`.
 */
export interface ReadBack {
  /** The service shows lines by time and number; else as they came. */
  readonly sorting: boolean;
  /** Reads one event of an `--out` file. */
  readonly read: (event: unknown) => RawLine;
  /** The whole event that a line of this text, with the level error, of agent CA_local and worker CAW_local on stderr becomes. */
  readonly eventOf: (text: string) => unknown;
}

/** Checks what was found in an event. Throws an error if it is no line. */
export function lineOf(raw: Readonly<Record<keyof RawLine, unknown>>): RawLine {
  const { text, timeMs, seq } = raw;
  if (typeof text !== 'string') throw new Error('an accepted event has no text');
  if (typeof timeMs !== 'number' || Number.isNaN(timeMs)) throw new Error('an accepted event has no time');
  if (seq !== undefined && typeof seq !== 'number') throw new Error('a number of a line is none');
  return { ...raw, text, timeMs: Math.round(timeMs), seq };
}
