import type { AnyDestination } from '../lambdas/load-destination.ts';
import type { DestinationId } from '../lambdas/registry.ts';
import { startMapping } from '../local/mapping/mapping.ts';
import type { LineFate } from './ledger/ledger.ts';
import { createOrderWatch } from './ledger/order.ts';
import { createProcess } from './time/process.ts';
import { createStore, type Store } from './world/bucket.ts';
import { createFunction, type SimulatedFunction } from './world/function.ts';
import { scheduleRedrive } from './world/redrive.ts';
import { createSecretStore } from './world/secrets.ts';
import { createServices } from './world/service.ts';
import { followSettings } from './world/setting-changes.ts';
import { createWatchedStream, type WatchedStream } from './world/stream.ts';
import type { World } from './world/world.ts';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:simulated';
/** A function's settings are as old, at most: absent ones are kept for 10 min. */
const ABSENT_MS = 11 * 60_000;

export interface DrainShape {
  readonly destination: AnyDestination;
  readonly agents: readonly string[];
  readonly shards: number;
}

/** A drain as it is deployed, from its stream on. */
export interface Drain {
  readonly stream: WatchedStream;
  readonly store: Store;
  /** The line's agent had no settings: it was left out, and counted. */
  readonly isSkipped: (line: LineFate) => boolean;
  /** The stream has the line, and will be read. */
  readonly isHeld: (line: LineFate) => boolean;
}

/** Builds a drain for one destination into the world, and lets the troubles of the world happen to it. */
export function buildDrain(world: World, { destination, agents, shards }: DrainShape): Drain {
  const { timeline, ledger, conditions } = world;
  const id = destination.manifest.id as DestinationId;
  const secrets = createSecretStore(world);
  const isSkipped = ({ agent, writtenMs }: LineFate): boolean =>
    secrets.wasAbsentSince(agent, writtenMs - ABSENT_MS - unreadableMs(world, agent, writtenMs));
  const isSafe = (line: LineFate): boolean => line.deliveries.length > 0 || line.objects.length > 0;
  const stream = createWatchedStream(world, {
    shards,
    isSettled: (line) => isSafe(line) || isSkipped(line),
  });
  const store = createStore(world, { isSafe: (line) => isSafe(line) || stream.holds(line) });
  const services = createServices(world, createOrderWatch(ledger, destination.manifest));
  followSettings(world, id, { agents, secrets, services });
  const onLog = ledger.note;
  const fn = createFunction({ world, destination, services, secrets, store, onLog });
  readStream(world, { stream, fn, store });
  scheduleRedrive({ world, destination: id, functionArn: FUNCTION_ARN, fn, store, onLog });
  for (const { kind, fromMs } of conditions.all) {
    if (kind === 'deployment') timeline.after(fromMs, fn.deploy);
    if (kind === 'reshard') timeline.after(fromMs, stream.reshard);
  }
  return { stream, store, isSkipped, isHeld: stream.holds };
}

/** For so long the agent's secret could not be read before `atMs`: what a function knew of it before stays in use. */
function unreadableMs({ conditions }: World, agent: string, atMs: number): number {
  return conditions.all
    .filter(({ kind, agent: its }) => UNREADABLE.has(kind) && (its ?? agent) === agent)
    .reduce((sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, atMs) - fromMs), 0);
}

const UNREADABLE: ReadonlySet<string> = new Set(['secrets-silent', 'secrets-failing', 'secret-denied']);

interface Reading {
  readonly stream: WatchedStream;
  readonly fn: SimulatedFunction;
  readonly store: Store;
}

/** The event source mapping, set as the deployment sets it (cdk/destination.ts). */
function readStream(world: World, { stream, fn, store }: Reading): void {
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
