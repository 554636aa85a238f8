import type { Random } from '../time/random.ts';
import { AGENT_TROUBLES, SHARED_TROUBLES, type Trouble } from './trouble.ts';

export interface PlanOptions {
  readonly agents: readonly string[];
  /** Troubles begin after it … */
  readonly calmMs: number;
  /** … and have ended by then. */
  readonly endMs: number;
}

const MINUTE_MS = 60_000;
/** On average, between the beginnings of two troubles. */
const GAP_MS = 25 * MINUTE_MS;
const MEAN_LENGTH_MS = 12 * MINUTE_MS;
/** Some last longer than the stall limit, and a few longer than the mapping keeps a record. */
const LONG_SHARE = 0.15;
const LONG_MS = 75 * MINUTE_MS;

/** What happens at one moment, and what would be most of the work of a simulation. */
const LONGEST_MS: Partial<Record<Trouble['kind'], number>> = {
  deployment: 1_000,
  reshard: 1_000,
  flood: 2 * MINUTE_MS,
};

/** Draws the troubles of one history; they may overlap. */
export function drawPlan(random: Random, { agents, calmMs, endMs }: PlanOptions): Trouble[] {
  const troubles: Trouble[] = [];
  for (let fromMs = calmMs; ; ) {
    fromMs += random.exponential(GAP_MS);
    if (fromMs >= endMs) return troubles;
    const isOfAgent = random.chance(0.6);
    const kind = isOfAgent ? random.pick(AGENT_TROUBLES) : random.pick(SHARED_TROUBLES);
    const lengthMs = random.chance(LONG_SHARE) ? LONG_MS : random.exponential(MEAN_LENGTH_MS);
    troubles.push({
      kind,
      agent: isOfAgent ? random.pick(agents) : undefined,
      fromMs,
      toMs: Math.min(endMs, fromMs + Math.min(lengthMs, LONGEST_MS[kind] ?? LONG_MS)),
      degree: random.next(),
    });
  }
}
