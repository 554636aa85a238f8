import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MANIFESTS } from '../lambdas/registry.ts';
import type { Bench } from './bench.ts';
import { openBlackHole } from './black-holes.ts';
import { writeCorpus } from './corpus.ts';
import { writeEvents } from './events.ts';
import { type Figure, median, type TopicResult } from './figures.ts';
import { openFunctions } from './functions-at-work.ts';
import { type ShipperRun, shipperRun } from './shipper-at-work.ts';

/** Starts are short and vary, so each figure is made of more of them. */
const STARTS_PER_RUN = 5;

/** How much later the agent starts, and how long a function takes to its first delivery. */
export async function benchStart(bench: Bench): Promise<TopicResult> {
  return { topic: 'start', figures: [...(await agentStarts(bench)), ...(await coldStarts(bench))] };
}

async function agentStarts({ workshop, options }: Bench): Promise<readonly Figure[]> {
  const kinesis = await openBlackHole(workshop, { kind: 'kinesis' });
  try {
    // An agent that says when it runs, and is gone.
    const agent = ['echo', 'started'];
    const flags = ['--drain-timeout', '1ms', '--no-events'];
    const shipper = shipperRun(workshop, kinesis, { agent, flags });
    const floor: ShipperRun = {
      command: [process.execPath, workshop.program('spawn-first'), ...agent],
      env: shipper.env,
    };
    const floors: number[] = [];
    const delays: number[] = [];
    for (let run = 0; run < options.runs; run += 1) {
      const own: number[] = [];
      const bare: number[] = [];
      for (let start = 0; start < STARTS_PER_RUN; start += 1) {
        bare.push(await timeToFirstWord(floor));
        own.push(await timeToFirstWord(shipper));
      }
      floors.push(median(bare));
      delays.push(median(own) - median(bare));
    }
    return [
      { name: 'agent started by a bare Node program', unit: 'ms', values: floors },
      { name: 'agent started by the shipper: later by', unit: 'ms', values: delays, goal: '≤ 40' },
    ];
  } finally {
    await kinesis.close();
  }
}

/** From the start of the command to the first output of its agent, which is inherited or copied. */
async function timeToFirstWord({ command: [file, ...args], env }: ShipperRun): Promise<number> {
  const started = performance.now();
  const child: ChildProcess = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  if (child.stdout !== null) await once(child.stdout, 'data');
  const took = performance.now() - started;
  await exited;
  return took;
}

async function coldStarts({ workshop, options }: Bench): Promise<readonly Figure[]> {
  const functions = await openFunctions(workshop);
  try {
    const corpus = join(workshop.dir, 'one.log');
    await writeCorpus(corpus, 1);
    const events = await writeEvents('one', corpus, workshop.dir);
    const empty = workshop.program('empty-function');
    const cold = async (bundle: string): Promise<{ importMs: number; firstMs: number }> => {
      const { importMs, wallMs } = await functions.invoke(bundle, { warm: [], events });
      return { importMs, firstMs: wallMs };
    };
    const figures: Figure[] = [];
    for (const { id } of MANIFESTS) {
      const imports: number[] = [];
      const firsts: number[] = [];
      for (let run = 0; run < options.runs; run += 1) {
        const floor = await cold(empty);
        const own = await cold(functions.bundleOf(id));
        imports.push(own.importMs - floor.importMs);
        firsts.push(own.firstMs - floor.firstMs);
      }
      figures.push({
        name: `${id}: init over an empty function`,
        unit: 'ms',
        values: imports,
        goal: '≤ 120',
      });
      figures.push({ name: `${id}: first delivery, over an empty function`, unit: 'ms', values: firsts });
    }
    return figures;
  } finally {
    await functions.close();
  }
}
