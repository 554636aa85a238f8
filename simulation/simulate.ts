import { loadDestination } from '../lambdas/load-destination.ts';
import { type DestinationId, MANIFESTS } from '../lambdas/registry.ts';
import { buildDrain } from './build-drain.ts';
import { checkEnd, checkIsolation, watchRecovery } from './checks/liveness.ts';
import { createConditions } from './history/conditions.ts';
import { drawPlan } from './history/plan.ts';
import type { Trouble } from './history/trouble.ts';
import { createLedger, type LineFate, type Violation } from './ledger/ledger.ts';
import { createRandom } from './time/random.ts';
import { createTimeline } from './time/timeline.ts';
import { startAgents } from './world/agents.ts';
import type { World } from './world/world.ts';

/** One simulation; what is left out follows from the seed. */
export interface SimulationOptions {
  readonly seed: number;
  /** Simulated hours with troubles and before them; the end is longer, until nothing may wait any more. */
  readonly hours?: number | undefined;
  readonly shards?: number | undefined;
  readonly agents?: number | undefined;
  readonly destination?: DestinationId | undefined;
  /** Places of those troubles of the history that happen; default: all. */
  readonly only?: readonly number[] | undefined;
}

export interface SimulationResult {
  readonly seed: number;
  readonly destination: DestinationId;
  readonly hours: number;
  /** Simulated hours in all. */
  readonly simulatedHours: number;
  readonly troubles: readonly Trouble[];
  readonly violations: readonly Violation[];
  readonly lines: number;
  readonly steps: number;
  readonly notes: ReadonlyMap<string, number>;
  /** The same for the same seed and program. */
  readonly digest: number;
}

const HOUR_MS = 60 * 60_000;
const DEFAULT_HOURS = 3;
const CALM_MS = 30 * 60_000;
/** What is parked has this long after the last trouble to be delivered. */
const REST_MS = HOUR_MS;
/** Longer than one event of some services, shorter than one of others. */
const MAX_LONG_BYTES = 20_000;

/** Runs one history from its seed. Rejects for a bug in the simulation alone. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const random = createRandom(options.seed);
  const timeline = createTimeline(random.fork('timeline'));
  const ledger = createLedger(timeline.now);
  const sizes = random.fork('sizes');
  const id = options.destination ?? sizes.pick(MANIFESTS).id;
  const agents = Array.from({ length: options.agents ?? sizes.whole(2, 5) }, (_, at) => `CA_${at}`);
  const hours = options.hours ?? DEFAULT_HOURS;
  const endMs = hours * HOUR_MS;
  const plan = drawPlan(random.fork('plan'), { agents, calmMs: CALM_MS, endMs });
  const troubles = plan.filter((_, at) => options.only?.includes(at) ?? true);
  const world: World = { timeline, random, ledger, conditions: createConditions(troubles, timeline.now) };
  const destination = await loadDestination(id);
  const drain = buildDrain(world, { destination, agents, shards: options.shards ?? sizes.whole(1, 2) });
  const running = startAgents(world, drain.stream, {
    agents,
    gapMs: sizes.between(60_000, 180_000),
    bufferBytes: sizes.pick([64 * 1024, 64 * 1024 * 1024]),
    untilMs: endMs,
    longBytes: Math.min(MAX_LONG_BYTES, destination.manifest.limits.maxEventBytes),
  });
  watchRecovery(world);
  await timeline.run(endMs + REST_MS);
  running.check();
  checkIsolation({ ...world, agents: agents.length, calmMs: CALM_MS });
  checkEnd(world, drain);
  return {
    seed: options.seed,
    destination: id,
    hours,
    simulatedHours: (endMs + REST_MS) / HOUR_MS,
    troubles: plan,
    violations: ledger.violations,
    lines: ledger.lines.length,
    steps: timeline.steps(),
    notes: ledger.notes,
    digest: digestOf(ledger.lines, timeline.steps()),
  };
}

function digestOf(lines: readonly LineFate[], steps: number): number {
  let digest = createRandom(steps);
  for (const { id, deliveries } of lines)
    digest = digest.fork(`${id} ${deliveries.map(({ atMs, container }) => `${atMs} ${container}`).join()}`);
  return digest.next();
}
