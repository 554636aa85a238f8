import { strict as assert } from 'node:assert';
import { setTimeout as wait } from 'node:timers/promises';
import { ALL } from '../conditions/destinations.ts';
import type { Agent } from '../stage/agent.ts';
import type { Outcome } from '../stage/fault.ts';
import { sendersOf } from '../stage/processes.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { createMemorySlopes, type Slope } from './memory-slopes.ts';
import { createRandom } from './random.ts';
import { type SoakWorld, TROUBLES } from './troubles.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Told of each trouble as it begins. */
  readonly onTrouble: (name: string) => void;
}

export interface SoakResult {
  readonly outcome: Outcome;
  /** How often each trouble was met. */
  readonly troubles: Readonly<Record<string, number>>;
  readonly slopes: readonly Slope[];
}

const AGENTS = 3;
const LINES_PER_SECOND = 60;
/** A trouble's length and the pause after it, ms. */
const TROUBLE_MS = [1_000, 8_000] as const;
const PAUSE_MS = [500, 4_000] as const;
const REDRIVE_EVERY_MS = 30_000;
const SAMPLE_EVERY_MS = 2_000;
/** Lines are counted as written so long before they are. */
const AHEAD_MS = 10_000;

/** Constant load through all of it for so long, while one thing after another goes wrong, by the seed. */
export async function soak({ seconds, seed, onTrouble }: SoakOptions): Promise<SoakResult> {
  const troubles: Record<string, number> = {};
  const memory = createMemorySlopes(() => performance.now());
  const outcome = await onStage(
    { destinations: ALL, mapping: { maximumBatchingWindowInSeconds: 1 } },
    async (stage) => {
      const over = new AbortController();
      const endsAt = performance.now() + seconds * 1000;
      const agents = startAgents(stage, seconds);
      const beside = [
        countAhead(stage, agents, seconds),
        every(SAMPLE_EVERY_MS, over.signal, async () => memory.sample(processesOf(stage, agents))),
        every(REDRIVE_EVERY_MS, over.signal, stage.redrive),
      ];
      const note = (name: string): void => {
        troubles[name] = (troubles[name] ?? 0) + 1;
        onTrouble(name);
      };
      await goWrong({ ...createRandom(seed), twin: stage.twin, agents }, endsAt, note);
      for (const { ended } of agents) assert.equal(await ended, 0);
      over.abort();
      await Promise.all(beside);
      stage.faultEnds();
      await stage.settled();
      await stage.redriveAll();
    },
  );
  return { outcome, troubles, slopes: memory.slopes() };
}

/** One of them with a spool. */
function startAgents(stage: Stage, seconds: number): Agent[] {
  return Array.from({ length: AGENTS }, (_, i) =>
    stage.agent({
      agentId: `CA_soak${i}`,
      workerId: `W${i}`,
      does: [{ kind: 'lines', count: Math.ceil(seconds * LINES_PER_SECOND), rate: LINES_PER_SECOND }],
      flags: i === 0 ? ['--spool', `${stage.dir}/spool`] : [],
      // Counted here, bit by bit: all lines of a long soak at once would be a load of their own.
      isRepeat: true,
    }),
  );
}

async function countAhead(stage: Stage, agents: readonly Agent[], seconds: number): Promise<void> {
  const writers = agents.map(({ workerId, writes }) => ({ workerId, writes: writes()[Symbol.iterator]() }));
  const started = performance.now();
  const lines = Math.ceil(seconds * LINES_PER_SECOND);
  for (let counted = 0; counted < lines; counted += 1) {
    const dueMs = (counted * 1000) / LINES_PER_SECOND - AHEAD_MS;
    if (performance.now() - started < dueMs) await wait(1_000);
    for (const { workerId, writes } of writers) {
      const write = writes.next();
      if (write.done !== true) stage.wrote(workerId, write.value.chunk);
    }
  }
}

/** Until the signal aborts; a run that has begun is seen through. */
async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await wait(ms, undefined, { signal }).catch(() => undefined);
  }
}

type Random = ReturnType<typeof createRandom>;

async function goWrong(
  world: SoakWorld & Random,
  endsAt: number,
  onTrouble: (name: string) => void,
): Promise<void> {
  const { pick, between } = world;
  const leftMs = (): number => Math.max(0, endsAt - performance.now());
  while (leftMs() > 0) {
    await wait(Math.min(leftMs(), between(...PAUSE_MS)));
    const { name, begin } = pick(TROUBLES);
    onTrouble(name);
    const end = begin(world);
    await wait(Math.min(leftMs(), between(...TROUBLE_MS)));
    end();
  }
}

function processesOf({ twin }: Stage, agents: readonly Agent[]): Record<string, number | undefined> {
  const pids: Record<string, number | undefined> = {};
  for (const { workerId, shipper } of agents) {
    pids[`shipper ${workerId}`] = shipper.pid;
    pids[`its sender ${workerId}`] = shipper.pid === undefined ? undefined : sendersOf(shipper.pid)[0];
  }
  for (const { id, function: hosted } of twin.drains) pids[`function ${id}`] = hosted.pids()[0];
  return pids;
}
