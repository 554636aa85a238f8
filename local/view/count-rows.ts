import type { DestinationId } from '../../lambdas/registry.ts';

/** How far one destination has got. */
export interface DeliveryCount {
  readonly id: DestinationId;
  readonly lines: number;
}

const COUNT_COLUMNS = 9;
/** Rows of other text that must have room beside the counts. */
const MIN_OTHER_ROWS = 4;
/** A window of this width holds a row of counts; narrower ones break it. */
const ROW_COLUMNS = 39;

/**
 * A row for each destination, or one for all where the window is too low or too narrow. Rows are that short so that
 * a window that is made narrower does not break them.
 */
export function countRows(
  counts: readonly DeliveryCount[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly string[] {
  if (counts.length + MIN_OTHER_ROWS <= rows && columns >= ROW_COLUMNS) return counts.map(countRow);
  const least = Math.min(...counts.map(({ lines }) => lines));
  return [`${least} delivered to all ${counts.length}`.slice(0, Math.max(1, columns - 1))];
}

function countRow({ id, lines }: DeliveryCount): string {
  const count = String(lines).padStart(COUNT_COLUMNS);
  return `${id.slice(0, 18).padEnd(18)}${count} delivered`;
}

/** The same in one line of words. */
export function countWords(counts: readonly DeliveryCount[]): string {
  return `delivered so far: ${counts.map(({ id, lines }) => `${id} ${lines}`).join(', ')}`;
}
