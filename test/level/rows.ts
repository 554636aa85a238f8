import { readFileSync } from 'node:fs';
import { levelOf } from '../../shared/level/level-of.ts';

/** One line and the level that it should have, `none` for no level. */
export interface Row {
  readonly number: number;
  readonly level: string;
  readonly line: Buffer;
}

/**
 * Reads `level TAB raw line` rows, bytes kept; only the first tab separates. A row without a tab continues the one
 * before it, whose line begins with a carriage return. Rows that begin with `# ` are headings.
 */
export function readRows(file: URL): readonly Row[] {
  const rows: Row[] = [];
  for (const [index, row] of readFileSync(file, 'latin1').split('\n').entries()) {
    const tab = row.indexOf('\t');
    const before = rows.at(-1);
    if (row === '' || row.startsWith('# ')) continue;
    if (tab >= 0)
      rows.push({ number: index + 1, level: row.slice(0, tab), line: latin1(row.slice(tab + 1)) });
    else if (before !== undefined) rows[rows.length - 1] = { ...before, line: latin1(`\r${row}`) };
  }
  return rows;
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** The level of a text, `none` for no level. */
export function levelOfLine(line: string | Buffer): string {
  const bytes = typeof line === 'string' ? Buffer.from(line) : line;
  return levelOf(bytes, 0, bytes.length) ?? 'none';
}
