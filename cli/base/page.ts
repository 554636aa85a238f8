/** The parts of a help page, each as lines. */

/** Columns of a page; examples may be longer. */
const PAGE_COLUMNS = 100;
/** A longer name stands on a line of its own, above its text. */
const MAX_NAME_COLUMNS = 22;

/** In place of a space at which a line may not end. */
const NO_BREAK = '\u00a0';

type Lines = readonly string[];

/** A page of parts with an empty line between them. */
export function page(parts: readonly Lines[]): string {
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

export function paragraph(text: string): Lines {
  return wrap(text, PAGE_COLUMNS);
}

/** Command lines to copy, which are not wrapped. */
export function examples(commandLines: Lines): Lines {
  return ['Examples:', ...commandLines.map((line) => `  ${line}`)];
}

export function ending(exitCodes: string, documentation: string): Lines {
  return [...paragraph(`Exit code: ${exitCodes}.`), `Documentation: ${documentation}`];
}

/** A name and what it is for. */
export type Row = readonly [name: string, about: string];

/** Rows of two columns under a heading; `nameColumns` is the width of the first. */
export function rowsUnder(heading: string, rows: readonly Row[], nameColumns = nameColumnsOf(rows)): Lines {
  return [`${heading}:`, ...rows.flatMap((row) => rowLines(row, nameColumns))];
}

/** The width for the names of all these rows, but for names that are too long. */
export function nameColumnsOf(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map(([name]) => name.length).filter((length) => length <= MAX_NAME_COLUMNS));
}

function rowLines([name, about]: Row, nameColumns: number): Lines {
  const indent = ' '.repeat(nameColumns + 4);
  const lines = wrap(about, PAGE_COLUMNS - indent.length).map((line) => `${indent}${line}`);
  if (name.length > nameColumns) return [`  ${name}`, ...lines];
  const [first = '', ...more] = lines;
  return [`  ${name.padEnd(nameColumns + 2)}${first.slice(indent.length)}`, ...more];
}

/** Words that stay on one line. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', NO_BREAK);
}

/** Breaks text between words; a word that is longer than a line has one of its own. */
function wrap(words: string, columns: number): Lines {
  const lines: string[] = [];
  let line = '';
  for (const word of words.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((text) => text.replaceAll(NO_BREAK, ' '));
}
