import type { Fault, Outcome } from './stage/fault.ts';

/** One row: what was played, and what came of it. */
export interface Row {
  readonly group: Fault['group'];
  readonly name: string;
  readonly note: string | undefined;
  readonly seconds: number;
  /** Or why there is none. */
  readonly outcome: Outcome | { readonly error: string };
}

export interface Conditions {
  readonly node: string;
  readonly cores: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly seconds: number;
}

/** A row is good if it came to its end and every line is accounted for. */
export function isGood({ outcome }: Row): boolean {
  return !('error' in outcome) && outcome.unaccounted === 0;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const megabytes = (bytes: number): string => (bytes === 0 ? '–' : `${whole(bytes / 1e6)} MB`);
const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** A column's heading and its cells; a cell that does not apply is undefined. */
type Column = readonly [heading: string, cell: (outcome: Outcome) => string | undefined];

const COLUMNS: readonly Column[] = [
  ['lines written', ({ written }) => whole(written)],
  ['delivered', ({ delivered }) => whole(delivered)],
  ['duplicates', ({ duplicates }) => whole(duplicates)],
  ['parked', ({ parked }) => whole(parked)],
  ['announced as dropped', ({ dropped }) => whole(dropped)],
  ['lost with a killed process', ({ killed }) => whole(killed)],
  ['**unaccounted**', ({ unaccounted }) => `**${whole(unaccounted)}**`],
  [
    "agent's writing, alone → shipped",
    ({ writingMs: ms }) => ms && `${whole(ms.alone)} → ${whole(ms.shipped)} ms`,
  ],
  [
    "others' p99, quiet → broken",
    ({ p99Ms: ms }) => ms && `${inSeconds(ms.quiet)} → ${inSeconds(ms.broken)}`,
  ],
  ['time to recover', ({ recoveryMs: ms }) => (ms === undefined ? undefined : inSeconds(ms))],
  [
    'peak memory: shipper, function',
    ({ peakBytes }) => `${megabytes(peakBytes.shipper)}, ${megabytes(peakBytes.function)}`,
  ],
];

/** Columns that apply to no row are left out. */
function tableOf(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const outcomes = rows.flatMap(({ outcome }) => ('error' in outcome ? [] : [outcome]));
  const columns = COLUMNS.filter(
    ([, cell], i) => i === 0 || outcomes.some((outcome) => cell(outcome) !== undefined),
  );
  const body = rows.map(({ name, outcome }) => {
    if ('error' in outcome) return line([name, outcome.error, ...columns.slice(1).map(() => '')]);
    return line([name, ...columns.map(([, cell]) => cell(outcome) ?? '–')]);
  });
  const head = line(['fault', ...columns.map(([heading]) => heading)]);
  return [head, line(['---', ...columns.map(() => '---:')]), ...body].join('\n');
}

function notesOf(rows: readonly Row[]): string {
  const notes = rows.flatMap(({ name, note, outcome }) => {
    const words = [note ?? [], 'error' in outcome ? [] : (outcome.remarks ?? [])].flat();
    return words.length === 0 ? [] : [`- *${name}*: ${words.join(' ')}`];
  });
  return notes.length === 0 ? '' : `\n\n${notes.join('\n')}`;
}

const TITLES: Readonly<Record<Fault['group'], string>> = {
  agent: 'At the agent',
  shipper: 'At the shipper',
  kinesis: 'At Kinesis',
  functions: 'At the functions',
  services: 'At the services',
  isolation: 'Isolation',
};

/** The tables, a section for each group. */
export function scoreboardOf(rows: readonly Row[], { node, cores, date, seconds }: Conditions): string {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const own = rows.filter((row) => row.group === group);
    return `### ${TITLES[group]}\n\n${tableOf(own)}${notesOf(own)}`;
  });
  const good = rows.filter(isGood).length;
  const summary =
    `${rows.length} faults, ${good} with every line accounted for. ` +
    `Measured on ${date} with Node ${node} on ${cores} cores, in ${whole(seconds / 60)} minutes.`;
  return [summary, ...sections].join('\n\n');
}

/** Puts text between `<!-- name -->` and `<!-- end of name -->` of a page; throws if it has no such place. */
export function replaceSection(page: string, name: string, text: string): string {
  const [opening, closing] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [start, end] = [page.indexOf(opening), page.indexOf(closing)];
  if (start === -1 || end < start) throw new Error(`the page has no "${opening}" … "${closing}"`);
  return `${page.slice(0, start + opening.length)}\n\n${text}\n\n${page.slice(end)}`;
}
