import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Bench } from '../kit/bench.ts';
import { openBlackHole } from '../kit/black-holes.ts';
import { writeCorpus } from '../kit/corpus.ts';
import { writeEvents } from '../kit/events.ts';
import { type Figure, median, type TopicResult } from '../kit/figures.ts';
import { openFunctions } from '../kit/functions-at-work.ts';
import { type ShipperRun, shipperRun } from '../kit/shipper-at-work.ts';

/** Starts are short and vary, so each figure is made of more of them. */
const STARTS_PER_RUN = 5;

/** How much later the agent starts, and how long a function takes to its first delivery. */
export async function benchStart(bench: Bench): Promise<TopicResult> {
  return { topic: 'start', figures: [...(await agentStarts(bench)), ...(await coldStarts(bench))] };
}

async function agentStarts({ workshop, options }: Bench): Promise<readonly Figure[]> {
  const kinesis = await openBlackHole(workshop, { kind: 'kinesis' });
  const calls = openCalls(join(workshop.dir, 'calls'));
  try {
    // An agent that calls us when it runs, past the shipper, then says its first word, and is gone.
    const agent = ['sh', '-c', 'echo > "$0"; echo started', calls.path];
    const flags = ['--drain-timeout', '1ms', '--no-events'];
    const shipper = shipperRun(workshop, kinesis, { agent, flags });
    const floor: ShipperRun = {
      command: [process.execPath, workshop.program('spawn-first'), ...agent],
      env: shipper.env,
    };
    const floors: number[] = [];
    const startDelays: number[] = [];
    const wordDelays: number[] = [];
    for (let run = 0; run < options.runs; run += 1) {
      const own: Start[] = [];
      const bare: Start[] = [];
      for (let start = 0; start < STARTS_PER_RUN; start += 1) {
        bare.push(await timeStart(floor, calls));
        own.push(await timeStart(shipper, calls));
      }
      const of = (starts: readonly Start[], what: keyof Start): number =>
        median(starts.map((start) => start[what]));
      floors.push(of(bare, 'startMs'));
      startDelays.push(of(own, 'startMs') - of(bare, 'startMs'));
      wordDelays.push(of(own, 'firstWordMs') - of(bare, 'firstWordMs'));
    }
    return [
      { name: 'agent started by a bare Node program', unit: 'ms', values: floors },
      { name: 'agent started by the shipper: later by', unit: 'ms', values: startDelays, goal: '≤ 40' },
      { name: 'its first word, copied by the shipper: later by', unit: 'ms', values: wordDelays },
    ];
  } finally {
    calls.close();
    await kinesis.close();
  }
}

/** From the start of the command. */
interface Start {
  readonly startMs: number;
  /** To the agent's first output, which is inherited or copied. */
  readonly firstWordMs: number;
}

async function timeStart({ command: [file, ...args], env }: ShipperRun, calls: Calls): Promise<Start> {
  const started = performance.now();
  const since = (): number => performance.now() - started;
  const child: ChildProcess = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const [startMs, firstWordMs] = await Promise.all([
    once(calls.heard, 'data').then(since),
    child.stdout === null ? 0 : once(child.stdout, 'data').then(since),
  ]);
  await exited;
  return { startMs, firstWordMs };
}

/** A named pipe that is never at its end, as we could write to it as well. */
interface Calls {
  readonly path: string;
  readonly heard: Socket;
  readonly close: () => void;
}

function openCalls(path: string): Calls {
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const heard = new Socket({ fd, readable: true, writable: false });
  return { path, heard, close: () => void heard.destroy() };
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
    for (const id of options.destinations) {
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
