import type { Fault, Outcome } from './fault.ts';

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

const HEADINGS = [
  'fault',
  'lines written',
  'delivered',
  'duplicates',
  'parked',
  'announced as dropped',
  'lost with a killed process',
  '**unaccounted**',
  "agent's writing, alone → shipped",
  'time to recover',
  'peak memory: shipper, function',
];

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const megabytes = (bytes: number): string => (bytes === 0 ? '–' : `${whole(bytes / 1e6)} MB`);

function cellsOf({ name, outcome }: Row): readonly string[] {
  if ('error' in outcome) return [name, outcome.error, ...HEADINGS.slice(2).map(() => '')];
  const { writingMs, recoveryMs, peakBytes } = outcome;
  return [
    name,
    ...[outcome.written, outcome.delivered, outcome.duplicates, outcome.parked].map(whole),
    ...[outcome.dropped, outcome.killed].map(whole),
    `**${whole(outcome.unaccounted)}**`,
    writingMs === undefined ? '–' : `${whole(writingMs.alone)} → ${whole(writingMs.shipped)} ms`,
    recoveryMs === undefined ? '–' : `${(recoveryMs / 1000).toFixed(1)} s`,
    `${megabytes(peakBytes.shipper)}, ${megabytes(peakBytes.function)}`,
  ];
}

function tableOf(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = HEADINGS.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(HEADINGS), line(rule), ...rows.map((row) => line(cellsOf(row)))].join('\n');
}

function notesOf(rows: readonly Row[]): string {
  const notes = rows.flatMap(({ name, note, outcome }) => {
    const words = [note ?? [], 'error' in outcome ? [] : (outcome.remarks ?? [])].flat();
    return words.length === 0 ? [] : [`- *${name}*: ${words.join(' ')}`];
  });
  return notes.length === 0 ? '' : `\n\n${notes.join('\n')}`;
}

/** The tables, a section for each group. */
export function scoreboardOf(rows: readonly Row[], { node, cores, date, seconds }: Conditions): string {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const own = rows.filter((row) => row.group === group);
    return `### At the ${group}\n\n${tableOf(own)}${notesOf(own)}`;
  });
  const good = rows.filter(isGood).length;
  const summary =
    `${rows.length} faults, ${good} with every line accounted for. ` +
    `Measured on ${date} with Node ${node} on ${cores} cores, in ${whole(seconds / 60)} minutes.`;
  return [summary, ...sections].join('\n\n');
}

const OPENING = '<!-- faults -->';
const CLOSING = '<!-- end -->';

/** Puts the tables between `<!-- faults -->` and `<!-- end -->` of a page; throws if it has no such place. */
export function replaceScoreboard(page: string, tables: string): string {
  const [start, end] = [page.indexOf(OPENING), page.indexOf(CLOSING)];
  if (start === -1 || end < start) throw new Error(`the page has no "${OPENING}" … "${CLOSING}"`);
  return `${page.slice(0, start + OPENING.length)}\n\n${tables}\n\n${page.slice(end)}`;
}
