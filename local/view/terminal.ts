/** What a view needs to know of the stream that it is written to. */
export interface Terminal {
  /** What is drawn may be drawn over. */
  readonly redraws: boolean;
  readonly colors: boolean;
  /** As it is now; a window may be made larger or smaller at any time. */
  readonly size: () => { readonly columns: number; readonly rows: number };
}

export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** A terminal that does not know its size says 0. */
const UNKNOWN_SIZE = { columns: 80, rows: 24 };

/** Follows TERM=dumb, NO_COLOR (no-color.org) and FORCE_COLOR (force-color.org), which wins over both. */
export function terminalOf(
  stream: TerminalStream,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const redraws = stream.isTTY === true && env['TERM'] !== 'dumb';
  return {
    redraws,
    colors: areForced(env['FORCE_COLOR']) ?? (redraws && (env['NO_COLOR'] ?? '') === ''),
    size: () => ({
      columns: stream.columns || UNKNOWN_SIZE.columns,
      rows: stream.rows || UNKNOWN_SIZE.rows,
    }),
  };
}

function areForced(value: string | undefined): boolean | undefined {
  if (value === undefined || value === '') return undefined;
  return value !== '0' && value !== 'false';
}
