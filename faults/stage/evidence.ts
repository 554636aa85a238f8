import type { TallyResult } from '../../local/tally/tally.ts';
import type { Agent } from './agent.ts';
import type { Outcome } from './fault.ts';

/** What is read of an event of a shipper's own. */
export interface ShipperEvent {
  readonly worker_id: string;
  readonly event: string;
  /** How many it is about, if it is about lines. */
  readonly lines?: number;
}

export interface Witnesses extends TallyResult {
  readonly agents: readonly Pick<Agent, 'workerId' | 'summary'>[];
  readonly events: readonly ShipperEvent[];
}

/** What the cause of a missing line can be judged from: a row of names and counts each, never a line's content. */
export function evidenceOf({ lines, destinations, agents, events }: Witnesses): string {
  const said = new Map<string, { times: number; lines: number }>();
  for (const { worker_id, event, lines: about = 0 } of events) {
    const name = `${worker_id} said ${event}`;
    const known = said.get(name) ?? { times: 0, lines: 0 };
    said.set(name, { times: known.times + 1, lines: known.lines + about });
  }
  const rows: readonly (readonly [name: string, counts: unknown])[] = [
    ['written', lines],
    ...Object.entries(destinations),
    ...agents.map(({ workerId, summary }) => [workerId, summary() ?? 'no summary'] as const),
    ...said,
  ];
  return rows.map(([name, counts]) => `${name}: ${JSON.stringify(counts)}`).join('\n');
}

/** All of an outcome: its counts in one line, and the evidence if lines are missing. */
export function textOf({ evidence, ...counts }: Outcome): string {
  return [JSON.stringify(counts), evidence ?? []].flat().join('\n');
}
