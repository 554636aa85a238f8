/** Under what conditions a table came about. */
export interface Setting {
  readonly lines: number;
  readonly bytes: number;
  readonly runs: number;
  readonly machine: {
    readonly node: string;
    readonly cores: number;
    /** One-minute load averages. */
    readonly loadBefore: number;
    readonly loadAfter: number;
  };
}

/**
 * Puts a table between `<!-- bench: KEY -->` and `<!-- end -->` of a page, with the conditions below it. Throws if
 * the page has no place for it.
 */
export function replaceTable(
  page: string,
  key: string,
  { setting, table }: { readonly setting: Setting; readonly table: string },
): string {
  const opening = `<!-- bench: ${key} -->`;
  const start = page.indexOf(opening);
  const end = page.indexOf('<!-- end -->', start);
  if (start === -1 || end === -1) throw new Error(`the page has no "${opening}" … "<!-- end -->"`);
  const { lines, bytes, runs, machine } = setting;
  const conditions =
    `Node ${machine.node}, ${machine.cores} cores, ${runs} runs; corpus of ${lines.toLocaleString('en-US')} lines, ` +
    `${(bytes / 1e6).toFixed(1)} MB; load average ${machine.loadBefore.toFixed(1)} before and ${machine.loadAfter.toFixed(1)} after.`;
  return `${page.slice(0, start + opening.length)}\n${table}\n\n${conditions}\n${page.slice(end)}`;
}
