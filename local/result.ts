import type { DestinationId } from '../lambdas/registry.ts';
import type { Ending } from './ending.ts';
import type { TwinDrain } from './local-stack.ts';
import type { TallyResult } from './tally/tally.ts';
import { wrapWords } from './view/words.ts';

/** One destination, in lines as sent after splitting, the shipper's own events included. */
export interface DestinationResult {
  /** Decoded by the function. */
  readonly received: number;
  /** Accepted by the receiver; for a real service, what it answered. */
  readonly delivered: number;
  readonly parked: number;
  readonly duplicates: number;
  /** Written, but neither accepted nor parked. */
  readonly lost: number;
  /** Nothing had become of them yet when somebody stopped `local`; absent where there are none. */
  readonly on_the_way?: number;
  /** From event time to acceptance; null where it cannot be seen. */
  readonly latency_ms: { readonly p50: number | null; readonly p99: number | null };
}

/** What `--json` prints. */
export interface LocalResult {
  /** What the agent wrote; `events` are the shipper's own. */
  readonly lines: TallyResult['lines'];
  readonly destinations: Readonly<Partial<Record<DestinationId, DestinationResult>>>;
}

/** What became of every line. What somebody did not wait for is on its way, not lost. */
export function resultOf(drains: readonly TwinDrain[], tally: TallyResult, ending: Ending): LocalResult {
  const destinations = drains.map((drain) => [drain.id, destinationResult(drain, tally, ending)] as const);
  return { lines: tally.lines, destinations: Object.fromEntries(destinations) };
}

function destinationResult(
  { id, metrics }: TwinDrain,
  { lines, destinations }: TallyResult,
  ending: Ending,
): DestinationResult {
  const sum = (name: string): number => metrics.metric(name).sum;
  const received = sum('LinesReceived');
  const parked = sum('LinesParked') + sum('LinesRejected') + sum('LinesUnreadable');
  const waits = ending.waitsFor(id);
  const seen = destinations[id];
  if (seen !== undefined) {
    const { delivered, duplicates, latency_ms } = seen;
    return { received, delivered, parked, duplicates, ...missing(seen.lost, waits, ending), latency_ms };
  }
  const delivered = sum('LinesDelivered');
  const written = lines.stdout + lines.stderr + lines.events;
  // What the function gets again after a stall, it counts as received again.
  const expected = waits ? written : Math.min(received, written);
  const open = Math.max(0, expected - delivered - parked - sum('LinesSkipped'));
  const latencyMs = { p50: null, p99: null };
  return {
    received,
    delivered,
    parked,
    duplicates: 0,
    ...missing(open, waits, ending),
    latency_ms: latencyMs,
  };
}

function missing(
  lines: number,
  waits: boolean,
  { dropped }: Ending,
): Pick<DestinationResult, 'lost' | 'on_the_way'> {
  const lost = waits ? Math.min(lines, dropped) : lines;
  return lines > lost ? { lost, on_the_way: lines - lost } : { lost };
}

export function isLossless({ destinations }: LocalResult): boolean {
  return Object.values(destinations).every(({ lost }) => lost === 0);
}

/** What is still on its way, by destination. */
export function onTheWay({ destinations }: LocalResult): readonly (readonly [id: string, lines: number])[] {
  return Object.entries(destinations).flatMap(([id, { on_the_way: lines = 0 }]) =>
    lines > 0 ? [[id, lines] as const] : [],
  );
}

interface Column {
  readonly heading: string;
  readonly cell: (id: string, result: DestinationResult) => string;
  /** Is left out of a window that is too narrow for all, the highest first; undefined: never. */
  readonly leaveOut?: number;
}

const milliseconds = (ms: number | null): string => (ms === null ? '-' : String(Math.round(ms)));

const COLUMNS: readonly Column[] = [
  { heading: 'destination', cell: (id) => id },
  { heading: 'received', cell: (_, { received }) => String(received), leaveOut: 5 },
  { heading: 'delivered', cell: (_, { delivered }) => String(delivered) },
  { heading: 'parked', cell: (_, { parked }) => String(parked), leaveOut: 1 },
  { heading: 'duplicates', cell: (_, { duplicates }) => String(duplicates), leaveOut: 2 },
  { heading: 'lost', cell: (_, { lost }) => String(lost) },
  { heading: 'p50 ms', cell: (_, { latency_ms: { p50 } }) => milliseconds(p50), leaveOut: 3 },
  { heading: 'p99 ms', cell: (_, { latency_ms: { p99 } }) => milliseconds(p99), leaveOut: 4 },
];
const ON_THE_WAY: Column = {
  heading: 'on the way',
  cell: (_, { on_the_way: lines = 0 }) => String(lines),
};

/** The result as a table for people; `columns` is the width of their window, undefined where there is none. */
export function tableOf(result: LocalResult, columns = Number.POSITIVE_INFINITY): string {
  const shown = [...COLUMNS, ...(onTheWay(result).length > 0 ? [ON_THE_WAY] : [])];
  const rows = rowsThatFit(shown, result, columns);
  const { stdout, stderr, events } = result.lines;
  const written = `written: ${stdout} lines on stdout, ${stderr} on stderr; events of the shipper: ${events}`;
  return `${[...rows, '', wrapWords(written, columns)].join('\n')}\n`;
}

function rowsThatFit(columns: readonly Column[], result: LocalResult, width: number): readonly string[] {
  const rows = rowsOf(columns, result);
  if ((rows[0]?.length ?? 0) <= width) return rows;
  const next = columns.reduce((most, one) => ((one.leaveOut ?? 0) > (most.leaveOut ?? 0) ? one : most));
  if (next.leaveOut === undefined) return rows;
  return rowsThatFit(
    columns.filter((column) => column !== next),
    result,
    width,
  );
}

function rowsOf(columns: readonly Column[], { destinations }: LocalResult): readonly string[] {
  const table = [
    columns.map(({ heading }) => heading),
    ...Object.entries(destinations).map(([id, one]) => columns.map(({ cell }) => cell(id, one))),
  ];
  const widths = columns.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const aligned = (cell: string, i: number): string =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return table.map((row) => row.map(aligned).join('  '));
}
