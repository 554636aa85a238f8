import { setTimeout as wait } from 'node:timers/promises';
import type { Stage } from '../stage/stage.ts';
import type { Latencies } from './latencies.ts';
import { type LightAgents, startWriting } from './light-agents.ts';

const POLL_MS = 50;

/** Agents begin to write; resolves when lines of all that are watched have come, and what came late is over. */
export async function warmUp(
  stage: Stage,
  latencies: Latencies,
  { agents, everyMs }: { readonly agents: readonly string[]; readonly everyMs: number },
): Promise<LightAgents> {
  const writing = startWriting(stage, { agents, everyMs });
  const watched = agents.filter(latencies.counts).length;
  while (latencies.agents() < watched) await wait(POLL_MS);
  await stage.settled();
  return writing;
}

let last: Promise<unknown> = Promise.resolve();

/** One after another: cold starts of many stages at once would be a fault of their own. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}
