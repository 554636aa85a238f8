import { strict as assert } from 'node:assert';
import type { Twin } from '../../local/local-stack.ts';
import { linesSetAside } from '../../local/set-aside.ts';
import type { Tally } from '../../local/tally/tally.ts';
import { leaksIn, secretsOf } from '../../test/helpers/leaks.ts';
import type { Agent } from './agent.ts';
import { evidenceOf, type ShipperEvent } from './evidence.ts';
import type { Outcome } from './fault.ts';

interface Findings {
  readonly twin: Twin;
  readonly tally: Tally;
  readonly agents: readonly Agent[];
  /** The shippers' own lines in the stream. */
  readonly events: readonly string[];
  readonly killed: number;
  /** Lines of one destination that were counted as `Unconfirmed`: so many may be lost. */
  readonly unconfirmed: number;
  /** Lines that were parked at the height of it. */
  readonly parked: number;
  /** All that functions and shippers said. */
  readonly output: string;
  readonly marker: string;
  /** Of further accounts. */
  readonly secrets: readonly string[];
}

/** What became of every line; throws if a receiver saw a breach of its contract, or if anything leaked. */
export function accountOf(findings: Findings): Omit<Outcome, 'peakBytes'> {
  const { twin, tally, agents, killed, parked, output, marker } = findings;
  for (const { id, receiver } of twin.drains) {
    assert.deepEqual(receiver?.violations ?? [], [], `${id}: its contract was breached`);
  }
  assert.deepEqual(
    leaksIn(output, [marker, ...secretsIn(twin), ...findings.secrets]),
    [],
    'a secret or a line is in our output',
  );

  const { lines, destinations } = tally.result();
  const counts = Object.values(destinations);
  const sum = (of: (one: (typeof counts)[number]) => number): number =>
    counts.reduce((total, one) => total + of(one), 0);
  const summaries = agents.flatMap((agent) => agent.summary() ?? []);
  // An event that was dropped or not sent is not in the stream, and is counted there as lines are.
  const unseenEvents = Math.max(
    0,
    summaries.reduce((total, summary) => total + summary.lines.events, 0) - lines.events,
  );
  const written = lines.stdout + lines.stderr + lines.events + unseenEvents;
  const events = findings.events.map((text) => JSON.parse(text) as ShipperEvent);
  const saidAtEnd = summaries.reduce((total, { unsent, late }) => total + unsent + late, 0);
  const dropped = announced(events) + saidAtEnd;
  const skipped = twin.drains.reduce((total, { metrics }) => total + metrics.metric('LinesSkipped').sum, 0);
  const lost = sum((one) => one.lost) + unseenEvents * counts.length;
  const unexplained = lost - (dropped + killed) * counts.length - skipped;
  // Of the unconfirmed ones those that arrived all the same, at a receiver that was slow, are not lost.
  const unconfirmed = Math.min(findings.unconfirmed, Math.max(0, unexplained));
  const unaccounted = unexplained - unconfirmed;
  return {
    written: written * counts.length,
    delivered: sum(({ delivered }) => delivered),
    duplicates: sum(({ duplicates }) => duplicates),
    parked,
    dropped: dropped * counts.length + skipped + unconfirmed,
    killed: killed * counts.length,
    unaccounted,
    evidence: unaccounted === 0 ? undefined : evidenceOf({ lines, destinations, agents, events }),
  };
}

/** Lines in the parking bucket at this moment. */
export function linesParked({ drains, parked }: Twin): number {
  return drains.reduce((total, drain) => total + linesSetAside(drain, parked).length, 0);
}

/** Sum of what LINES_DROPPED says in the stream. */
function announced(events: readonly ShipperEvent[]): number {
  return events.reduce(
    (total, { event, lines = 0 }) => (event === 'LINES_DROPPED' ? total + lines : total),
    0,
  );
}

function secretsIn({ drains, environment }: Twin): string[] {
  const settings = drains.flatMap(({ id, receiver }) => secretsOf(id, receiver?.settings ?? {}));
  return [...settings, environment['AWS_SECRET_ACCESS_KEY'] ?? ''].filter((value) => value !== '');
}
