import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { mirrored } from './mirrored.ts';
import type { AcceptedLine, Fields, ReadBack } from './read-back.ts';

/** A reader of `--out` files that shares nothing with how `local` itself counts. */

export type Row = { readonly event: unknown; readonly request: number };

export const IDS: readonly DestinationId[] = MANIFESTS.map(({ id }) => id);

async function readBackOf(id: DestinationId): Promise<readonly [DestinationId, ReadBack]> {
  return [id, await mirrored<ReadBack>(`test/receivers/${id}/read-back.ts`, 'READ_BACK')];
}

/** How each destination's events are read back. */
export const READ_BACKS = Object.fromEntries(await Promise.all(IDS.map(readBackOf))) as Readonly<
  Record<DestinationId, ReadBack>
>;

/** Rows of a destination's file, in order of acceptance. */
export async function readRows(dir: string, id: DestinationId): Promise<readonly Row[]> {
  const text = await readFile(join(dir, `${id}.ndjson`), 'utf8');
  if (text !== '' && !text.endsWith('\n')) throw new Error(`${id}.ndjson ends within a row`);
  return text
    .split('\n')
    .slice(0, -1)
    .map((row) => JSON.parse(row) as Row);
}

/** Accepted lines of a destination, in the order in which its users see them. */
export async function readLines(dir: string, id: DestinationId): Promise<readonly AcceptedLine[]> {
  const rows = await readRows(dir, id);
  const lines = rows.map(({ event, request }) => ({ ...READ_BACKS[id].read(event), request }));
  if (!READ_BACKS[id].sorting) return lines;
  return lines.toSorted((one, other) => one.timeMs - other.timeMs || (one.seq ?? 0) - (other.seq ?? 0));
}

/** The event's fields if the line is one of the shipper's own. */
export function shipperEvent({ text }: Pick<AcceptedLine, 'text'>): Fields | undefined {
  if (!/^\{"level":"\w+","event":"(AGENT|LINES)_/.test(text)) return undefined;
  return JSON.parse(text) as Fields;
}

/** The lines of what an agent wrote: ended by LF, without one CR before it, as UTF-8; the last may have no end. */
export function linesOf(bytes: Buffer): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    const withoutCr = end > start && bytes[end - 1] === 13 ? end - 1 : end;
    lines.push(bytes.toString('utf8', start, withoutCr));
    start = end + 1;
  }
  if (start < bytes.length) lines.push(bytes.toString('utf8', start));
  return lines;
}

/** Whether the two are the same line: some services take no blank ones and get a space. */
const isSame = (written: string, accepted: string): boolean =>
  written === accepted || (written === '' && accepted === ' ');

/**
 * Holds what was accepted against what was written, in order: each line as it is, or as parts that join to it. Says in
 * words what is wrong first; undefined if nothing is.
 */
export function difference(
  written: readonly string[],
  accepted: readonly AcceptedLine[],
): string | undefined {
  const left = [...accepted];
  for (const [at, text] of written.entries()) {
    const first = left.shift();
    if (first === undefined) return `line ${at} and those after it are missing`;
    if (isSame(text, first.text)) continue;
    let joined = first.text;
    if (joined === '' || !text.startsWith(joined)) return `line ${at}: another one stands in its place`;
    while (joined.length < text.length) {
      const next = nextPart(left, text.slice(joined.length));
      if (next === undefined) return `line ${at}: a part is missing after ${joined.length} units`;
      joined += next.text;
    }
  }
  return left.length === 0 ? undefined : `${left.length} more than was written`;
}

/** Takes the part that goes on; parts of the same number may have been accepted side by side. */
function nextPart(left: AcceptedLine[], rest: string): AcceptedLine | undefined {
  const [first] = left;
  const at = left.findIndex(
    ({ text, seq }, index) =>
      text !== '' && rest.startsWith(text) && (index === 0 || (seq !== undefined && seq === first?.seq)),
  );
  return at === -1 ? undefined : left.splice(at, 1)[0];
}
