import type { DestinationId } from '../lambdas/registry.ts';
import type { TwinDrain } from './local-stack.ts';
import type { TallyResult } from './tally/tally.ts';

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
  /** From event time to acceptance; null where it cannot be seen. */
  readonly latency_ms: { readonly p50: number | null; readonly p99: number | null };
}

/** What `--json` prints. */
export interface LocalResult {
  /** What the agent wrote; `events` are the shipper's own. */
  readonly lines: TallyResult['lines'];
  readonly destinations: Readonly<Partial<Record<DestinationId, DestinationResult>>>;
}

export function resultOf(drains: readonly TwinDrain[], tally: TallyResult): LocalResult {
  const destinations = drains.map((drain) => [drain.id, destinationResult(drain, tally)] as const);
  return { lines: tally.lines, destinations: Object.fromEntries(destinations) };
}

function destinationResult({ id, metrics }: TwinDrain, { destinations }: TallyResult): DestinationResult {
  const sum = (name: string): number => metrics.metric(name).sum;
  const received = sum('LinesReceived');
  const parked = sum('LinesParked') + sum('LinesRejected') + sum('LinesUnreadable');
  const seen = destinations[id];
  if (seen !== undefined) {
    const { delivered, duplicates, lost, latency_ms } = seen;
    return { received, delivered, parked, duplicates, lost, latency_ms };
  }
  const delivered = sum('LinesDelivered');
  const lost = Math.max(0, received - delivered - parked - sum('LinesSkipped'));
  return { received, delivered, parked, duplicates: 0, lost, latency_ms: { p50: null, p99: null } };
}

export function isLossless({ destinations }: LocalResult): boolean {
  return Object.values(destinations).every(({ lost }) => lost === 0);
}

const HEADINGS = ['destination', 'received', 'delivered', 'parked', 'duplicates', 'lost', 'p50 ms', 'p99 ms'];

/** The result as a table for people. */
export function tableOf({ lines, destinations }: LocalResult): string {
  const rows = Object.entries(destinations).map(([id, one]) => [
    id,
    ...[one.received, one.delivered, one.parked, one.duplicates, one.lost].map(String),
    ...[one.latency_ms.p50, one.latency_ms.p99].map((ms) => (ms === null ? '-' : String(Math.round(ms)))),
  ]);
  const all = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  const table = all.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
  const written = `written: ${lines.stdout} lines on stdout, ${lines.stderr} on stderr; events of the shipper: ${lines.events}`;
  return `${[...table, '', written].join('\n')}\n`;
}
