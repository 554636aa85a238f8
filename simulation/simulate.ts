import { type AnyDestination, loadDestination } from '../lambdas/load-destination.ts';
import { type DestinationId, MANIFESTS } from '../lambdas/registry.ts';
import { startMapping } from '../local/mapping/mapping.ts';
import { checkEnd, checkIsolation, watchRecovery } from './checks/liveness.ts';
import { createConditions } from './history/conditions.ts';
import { drawPlan } from './history/plan.ts';
import type { Trouble } from './history/trouble.ts';
import { createLedger, type LineFate, type Violation } from './ledger/ledger.ts';
import { createOrderWatch } from './ledger/order.ts';
import { createProcess } from './time/process.ts';
import { createRandom } from './time/random.ts';
import { createTimeline } from './time/timeline.ts';
import { type Agents, startAgents } from './world/agents.ts';
import { createStore, type Store } from './world/bucket.ts';
import { createFunction, type SimulatedFunction } from './world/function.ts';
import { scheduleRedrive } from './world/redrive.ts';
import { createSecretStore, type SecretStore } from './world/secrets.ts';
import { createServices } from './world/service.ts';
import { followSettings } from './world/setting-changes.ts';
import { createWatchedStream, type WatchedStream } from './world/stream.ts';
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
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:simulated';
/** A function's settings are as old, at most: absent ones are kept for 10 min. */
const ABSENT_MS = 11 * 60_000;

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
  const parts = await build(world, {
    id,
    agents,
    shards: options.shards ?? sizes.whole(1, 2),
    gapMs: sizes.between(40_000, 120_000),
    bufferBytes: sizes.pick([64 * 1024, 64 * 1024 * 1024]),
    endMs,
  });
  await timeline.run(endMs + REST_MS);
  parts.agents.check();
  checkIsolation(world, CALM_MS);
  checkEnd(world, parts);
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

interface Shape {
  readonly id: DestinationId;
  readonly agents: readonly string[];
  readonly shards: number;
  readonly gapMs: number;
  readonly bufferBytes: number;
  readonly endMs: number;
}

interface Parts {
  readonly agents: Agents;
  readonly isSkipped: (line: LineFate) => boolean;
  readonly isHeld: (line: LineFate) => boolean;
}

async function build(world: World, { id, agents, shards, gapMs, bufferBytes, endMs }: Shape): Promise<Parts> {
  const { timeline } = world;
  const destination = await loadDestination(id);
  const secrets = createSecretStore(world);
  const isSkipped = ({ agent, writtenMs }: LineFate): boolean =>
    secrets.wasAbsentSince(agent, writtenMs - ABSENT_MS);
  const isSettled = (line: LineFate): boolean =>
    line.deliveries.length > 0 || line.objects.length > 0 || isSkipped(line);
  const stream = createWatchedStream(world, { shards, isSettled });
  const store = createStore(world, {
    isSafe: (line) => line.deliveries.length > 0 || line.objects.length > 0 || stream.holds(line),
  });
  const fn = functionOf(world, destination, { secrets, store, agents });
  readStream(world, { stream, fn, store });
  scheduleRedrive({ world, destination: id, functionArn: FUNCTION_ARN, fn, store, onLog: world.ledger.note });
  watchRecovery(world);
  const longBytes = Math.min(20_000, destination.manifest.limits.maxEventBytes);
  const running = startAgents(world, stream, { agents, gapMs, bufferBytes, untilMs: endMs, longBytes });
  for (const { kind, fromMs } of world.conditions.all) {
    if (kind === 'deployment') timeline.after(fromMs, fn.deploy);
    if (kind === 'reshard') timeline.after(fromMs, stream.reshard);
  }
  return { agents: running, isSkipped, isHeld: stream.holds };
}

function functionOf(
  world: World,
  destination: AnyDestination,
  {
    secrets,
    store,
    agents,
  }: { readonly secrets: SecretStore; readonly store: Store; readonly agents: readonly string[] },
): SimulatedFunction {
  const services = createServices(world, createOrderWatch(world.ledger, destination.manifest));
  followSettings(world, destination.manifest.id as DestinationId, { agents, secrets, services });
  return createFunction({ world, destination, services, secrets, store, onLog: world.ledger.note });
}

/** The event source mapping, set as the deployment sets it (cdk/destination.ts). */
function readStream(
  world: World,
  {
    stream,
    fn,
    store,
  }: { readonly stream: WatchedStream; readonly fn: SimulatedFunction; readonly store: Store },
): void {
  let ids = 0;
  const { clock } = createProcess(world.timeline, world.random.fork('mapping'));
  startMapping({
    stream: stream.view,
    region: 'us-east-1',
    functionArn: FUNCTION_ARN,
    invoke: fn.invoke,
    // Lambda tries for hours; what it does with an outage that lasts longer is out of our hands.
    onFailure: async ({ key, body }) => void store.put(key, body),
    settings: {
      batchSize: 1_000,
      maximumBatchingWindowInSeconds: 2,
      maximumRetryAttempts: -1,
      maximumRecordAgeInSeconds: 3_600,
      bisectBatchOnFunctionError: true,
      reportBatchItemFailures: true,
    },
    clock,
    newId: () => {
      ids += 1;
      return `${String(ids).padStart(8, '0')}-0000-4000-8000-000000000000`;
    },
  });
}

function digestOf(lines: readonly LineFate[], steps: number): number {
  let digest = createRandom(steps);
  for (const { id, deliveries } of lines)
    digest = digest.fork(`${id} ${deliveries.map(({ atMs, container }) => `${atMs} ${container}`).join()}`);
  return digest.next();
}
