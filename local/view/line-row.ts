import type { Level } from '../../shared/level/words/levels.ts';
import { columnsOf, cutToColumns } from './columns.ts';
import { safeText } from './safe-text.ts';

/** A line as it stands in the stream. */
export interface StreamLine {
  readonly agent: string;
  /** When the shipper read it, epoch ms. */
  readonly timeMs: number;
  readonly level: Level;
  readonly text: string;
}

export interface RowStyle {
  readonly colors: boolean;
  /** Undefined: the whole line. */
  readonly columns: number | undefined;
}

const LEVEL_COLUMNS = 5;
/** No row has room for more, colours and the like included. */
const MAX_CHARS = 16 * 1024;
/** Codes of colours: ECMA-48, "SGR". */
const DIM = 2;
const COLORS: Readonly<Record<Level, number>> = {
  panic: 31,
  fatal: 31,
  error: 31,
  warn: 33,
  info: 32,
  debug: DIM,
  trace: DIM,
};

/** One line with its time of day, level and agent: `14:02:11 INFO  CA_local call accepted`. */
export function lineRow({ agent, timeMs, level, text }: StreamLine, { colors, columns }: RowStyle): string {
  const time = new Date(timeMs).toTimeString().slice(0, 8);
  const levelWord = level.toUpperCase().padEnd(LEVEL_COLUMNS);
  const agentName = columns === undefined ? agent : cutToColumns(agent, Math.floor(columns / 4));
  const head = [time, levelWord, agentName];
  const left = columns === undefined ? undefined : Math.max(0, columns - columnsOf(`${head.join(' ')} `));
  const shown = left === undefined ? safeText(text) : cutToColumns(safeText(text.slice(0, MAX_CHARS)), left);
  if (!colors) return `${head.join(' ')} ${shown}`;
  return `${painted(time, DIM)} ${painted(levelWord, COLORS[level])} ${agentName} ${shown}`;
}

function painted(text: string, code: number): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}
