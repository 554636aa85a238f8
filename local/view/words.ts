/** Breaks words of ours at spaces; a word that is longer than a row stays whole, so that it can be copied. */
export function wrapWords(text: string, columns: number): string {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    if (row !== '' && row.length + 1 + word.length > columns) {
      rows.push(row);
      row = `  ${word}`;
    } else row = row === '' ? word : `${row} ${word}`;
  }
  return [...rows, row].join('\n');
}

const NUMBERS = ['', '', '', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** All of these: `all six destinations`, `both destinations`, or the name of the only one. */
export function allWord(names: readonly string[]): string {
  const [only = ''] = names;
  if (names.length === 1) return only;
  if (names.length === 2) return 'both destinations';
  return `all ${NUMBERS[names.length] ?? names.length} destinations`;
}

/** `1 line`, `2 lines`. */
export function linesWord(count: number): string {
  return `${count} line${count === 1 ? '' : 's'}`;
}
