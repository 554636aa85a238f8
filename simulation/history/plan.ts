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
/** On average, between the beginnings of two troubles; in a storm, when most of them meet. */
const GAP_MS = 25 * MINUTE_MS;
const STORM_GAP_MS = 5 * MINUTE_MS;
const STORM_SHARE = 0.2;
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

/** Of agents' troubles: they do not end, and nobody else may mind. */
const ENDLESS_SHARE = 0.1;
/** Of all kinds, a history has this part at least: rare kinds come together, and none hides another in all histories. */
const LEAST_KINDS = 0.05;

function someOf<T>(random: Random, kinds: readonly T[]): readonly T[] {
  const share = random.between(LEAST_KINDS, 1);
  const some = kinds.filter(() => random.chance(share));
  return some.length > 0 ? some : [random.pick(kinds)];
}

/** Draws the troubles of one history; they may overlap. */
export function drawPlan(random: Random, { agents, calmMs, endMs }: PlanOptions): Trouble[] {
  const kinds = { agent: someOf(random, AGENT_TROUBLES), shared: someOf(random, SHARED_TROUBLES) };
  const gapMs = random.chance(STORM_SHARE) ? STORM_GAP_MS : GAP_MS;
  const troubles: Trouble[] = [];
  for (let fromMs = calmMs; ; ) {
    fromMs += random.exponential(gapMs);
    if (fromMs >= endMs) return troubles;
    const isOfAgent = random.chance(0.6);
    const kind = isOfAgent ? random.pick(kinds.agent) : random.pick(kinds.shared);
    const lengthMs = random.chance(LONG_SHARE) ? LONG_MS : random.exponential(MEAN_LENGTH_MS);
    const isEndless = isOfAgent && random.chance(ENDLESS_SHARE) && !(kind in LONGEST_MS);
    troubles.push({
      kind,
      agent: isOfAgent ? random.pick(agents) : undefined,
      fromMs,
      toMs: isEndless ? Infinity : Math.min(endMs, fromMs + Math.min(lengthMs, LONGEST_MS[kind] ?? LONG_MS)),
      degree: random.next(),
    });
  }
}
