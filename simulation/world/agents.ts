import { groupBy } from '../../shared/base/group-by.ts';
import { nameOf } from '../checks/ledger.ts';
import { FOREIGN, textOf } from './lines.ts';
import { type SimulatedShipper, startShipper } from './shipper.ts';
import type { WatchedStream } from './stream.ts';
import type { World } from './world.ts';

/** What the agents of a simulation are like. */
export interface AgentsOptions {
  readonly agents: readonly string[];
  /** Between two bursts of a worker, on average, ms. */
  readonly gapMs: number;
  /** Bytes of records that may wait for Kinesis in each shipper. */
  readonly bufferBytes: number;
  /** No line is written from then on. */
  readonly untilMs: number;
  /** Of a long line. */
  readonly longBytes: number;
}

/** All agents with their workers and shippers. */
export interface Agents {
  /** What was written and is neither in the stream nor counted as dropped is lost. */
  readonly check: () => void;
}

const MAX_BURST = 12;
const FLOOD_LINES = 40;
const FLOOD_EVERY_MS = 500;
/** Of another producer: some lines of several agents in one record. */
const FOREIGN_SHARE = 0.05;

interface Worker {
  readonly agent: string;
  readonly name: string;
  boots: number;
  /** Of the boot that runs. */
  boot: string;
  shipper: SimulatedShipper;
}

export function startAgents(world: World, stream: WatchedStream, options: AgentsOptions): Agents {
  const { timeline, conditions, ledger } = world;
  const random = world.random.fork('agents');
  const shippers = new Map<string, SimulatedShipper>();
  const { untilMs, bufferBytes } = options;

  function boot(agent: string, name: string, boots: number): Worker {
    const bootName = `${name}b${boots}`;
    const shipper = startShipper(world, stream, { agent, worker: name, boot: bootName, bufferBytes });
    shippers.set(bootName, shipper);
    return { agent, name, boots, boot: bootName, shipper };
  }

  function restart(worker: Worker): void {
    worker.shipper.finish();
    Object.assign(worker, boot(worker.agent, worker.name, worker.boots + 1));
  }

  function natureOf(agent: string): 'plain' | 'bad' | 'long' {
    const isBad = conditions.of(agent, 'bad-lines') ?? conditions.of(agent, 'named-bad-lines');
    if (isBad !== undefined && random.chance(0.1)) return 'bad';
    return random.chance(0.01) ? 'long' : 'plain';
  }

  function writeOne({ agent, name, boot: bootName, shipper }: Worker): void {
    const line = ledger.write({ agent, worker: name, boot: bootName, nature: natureOf(agent) });
    shipper.write(textOf(line, options.longBytes));
  }

  function burst(worker: Worker, lines: number): void {
    if (worker.shipper.isFull()) return;
    for (let i = 0; i < lines; i += 1) writeOne(worker);
  }

  /** A producer that is not ours puts lines of several agents into one record. */
  function writeForeign(): void {
    const lines = Array.from({ length: random.whole(1, 6) }, () => {
      const agent = random.pick(options.agents);
      const line = ledger.write({ agent, worker: 'F_foreign', boot: FOREIGN, nature: 'plain' });
      return { agent_id: agent, worker_id: 'F_foreign', message: textOf(line, 0) };
    });
    const data = Buffer.from(JSON.stringify(lines));
    // It has a producer library, which tries until it is stored.
    const put = (): void => {
      if (stream.put({ partitionKey: 'F_foreign', data }) === 'stored') stream.announce();
      else timeline.after(1_000, put);
    };
    put();
  }

  function live(worker: Worker): void {
    const flood = conditions.of(worker.agent, 'flood');
    if (timeline.now() >= untilMs) {
      worker.shipper.finish();
      return;
    }
    if (conditions.of(worker.agent, 'restarts') !== undefined && random.chance(0.5)) restart(worker);
    if (flood !== undefined) burst(worker, FLOOD_LINES);
    else if (random.chance(FOREIGN_SHARE)) writeForeign();
    else burst(worker, random.whole(1, MAX_BURST));
    timeline.after(flood === undefined ? random.exponential(options.gapMs) : FLOOD_EVERY_MS, () =>
      live(worker),
    );
  }

  for (const [at, agent] of options.agents.entries()) {
    const workers = random.whole(1, 2);
    for (let one = 0; one < workers; one += 1) {
      const worker = boot(agent, `W${at}_${one}`, 0);
      timeline.after(random.between(0, options.gapMs), () => live(worker));
    }
  }

  return {
    check: () => {
      const missingOf = groupBy(
        ledger.lines.filter(({ copies }) => copies === 0),
        ({ boot: itsBoot }) => itsBoot,
      );
      for (const [bootName, shipper] of shippers) {
        const missing = missingOf.get(bootName) ?? [];
        const known = shipper.droppedLines() + shipper.unsentLines();
        const [first] = missing;
        if (first === undefined || missing.length <= known) continue;
        ledger.violate(
          'lost-by-shipper',
          `${missing.length} lines of boot ${bootName} are not in the stream, ${known} are accounted for; the first is ${nameOf(first)}`,
        );
      }
    },
  };
}
