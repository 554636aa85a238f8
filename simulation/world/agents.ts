import { groupBy } from '../../shared/base/group-by.ts';
import { nameOf } from '../ledger/ledger.ts';
import { FOREIGN, textOf } from '../ledger/lines.ts';
import type { Random } from '../time/random.ts';
import type { SimulatedShipper } from './shipper.ts';
import type { WatchedStream } from './stream.ts';
import { createWorker, type Worker, type WorkerOptions } from './worker.ts';
import type { World } from './world.ts';

/** What the agents of a simulation are like. */
export interface AgentsOptions extends Pick<WorkerOptions, 'bufferBytes' | 'longBytes'> {
  readonly agents: readonly string[];
  /** Between two bursts of a worker that do not follow each other closely, on average, ms. */
  readonly gapMs: number;
  /** No line is written from then on. */
  readonly untilMs: number;
}

/** All agents with their workers and shippers. */
export interface Agents {
  /** What was written and is neither in the stream nor counted as dropped is lost. */
  readonly check: () => void;
}

const MAX_BURST = 12;
const FLOOD_LINES = 40;
const FLOOD_EVERY_MS = 500;
const SOON_SHARE = 0.4;
const FOREIGN_SHARE = 0.05;
const FOREIGN_WORKER = 'F_foreign';

export function startAgents(world: World, stream: WatchedStream, options: AgentsOptions): Agents {
  const { timeline, conditions } = world;
  const random = world.random.fork('agents');
  const shippers = new Map<string, SimulatedShipper>();
  const { agents, gapMs, untilMs } = options;
  const writeForeign = createForeignProducer(world, stream, { agents, random });

  function live(worker: Worker): void {
    if (timeline.now() >= untilMs) {
      worker.finish();
      return;
    }
    if (conditions.of(worker.agent, 'restarts') !== undefined && random.chance(0.5)) worker.restart();
    const isFlood = conditions.of(worker.agent, 'flood') !== undefined;
    if (!isFlood && random.chance(FOREIGN_SHARE)) writeForeign();
    else worker.write(isFlood ? FLOOD_LINES : random.whole(1, MAX_BURST));
    timeline.after(isFlood ? FLOOD_EVERY_MS : nextBurstMs(), () => live(worker));
  }

  /** Often soon, so that a batch holds several records. */
  function nextBurstMs(): number {
    return random.chance(SOON_SHARE) ? random.between(300, 1_500) : random.exponential(gapMs);
  }

  const onBoot = (boot: string, shipper: SimulatedShipper): void => void shippers.set(boot, shipper);
  for (const [at, agent] of agents.entries()) {
    const workers = random.whole(1, 2);
    for (let one = 0; one < workers; one += 1) {
      const worker = createWorker(agent, `W${at}_${one}`, { ...options, world, stream, random, onBoot });
      timeline.after(random.between(0, gapMs), () => live(worker));
    }
  }
  return { check: () => checkShippers(world, shippers) };
}

/** A producer that is not ours puts lines of several agents into one record, and tries until it is stored. */
function createForeignProducer(
  { ledger, timeline }: World,
  stream: WatchedStream,
  { agents, random }: { readonly agents: readonly string[]; readonly random: Random },
): () => void {
  return () => {
    const lines = Array.from({ length: random.whole(1, 6) }, () => {
      const line = ledger.write({
        agent: random.pick(agents),
        worker: FOREIGN_WORKER,
        boot: FOREIGN,
        nature: 'plain',
      });
      return { agent_id: line.agent, worker_id: FOREIGN_WORKER, message: textOf(line, 0) };
    });
    const data = Buffer.from(JSON.stringify(lines));
    const put = (): void => {
      if (stream.put({ partitionKey: FOREIGN_WORKER, data }) === 'stored') stream.announce();
      else timeline.after(1_000, put);
    };
    put();
  };
}

function checkShippers({ ledger }: World, shippers: ReadonlyMap<string, SimulatedShipper>): void {
  const missing = groupBy(
    ledger.lines.filter(({ copies }) => copies === 0),
    ({ boot }) => boot,
  );
  for (const [boot, shipper] of shippers) {
    const lines = missing.get(boot) ?? [];
    const known = shipper.droppedLines() + shipper.unsentLines();
    const [first] = lines;
    if (first === undefined || lines.length <= known) continue;
    ledger.violate(
      'lost-by-shipper',
      `${lines.length} lines of boot ${boot} are not in the stream, ${known} are accounted for; the first is ${nameOf(first)}`,
    );
  }
}
