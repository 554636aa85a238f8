import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Bench } from './bench.ts';
import { openBlackHole } from './black-holes.ts';
import { chartOf, type Panel } from './chart.ts';
import { createCorpus } from './corpus.ts';
import { createEventWriter } from './events.ts';
import { type Figure, median, type TopicResult } from './figures.ts';
import { openFunctions } from './functions-at-work.ts';
import { measureTree } from './process-tree.ts';
import { expectAllTaken, shipperRun } from './shipper-at-work.ts';

/** Shares of `--lines`, which is 1,000,000 as a rule. */
const SIZES = [0.001, 0.01, 0.1, 1, 10];
/** Below this share a run costs its start, and what its lines add is lost in that. */
const MIN_MEASURABLE_SHARE = 0.1;
/** What a chart shows for nothing. */
const LEAST = 0.01;
const LINE_BYTES = [20, 200, 2_000, 20_000, 200_000];
/** Of lines of each length together, for each of `--lines`. */
const BYTES_PER_LINE = 100;
const AGENTS = [1, 10, 100, 1_000];
/** At most so many lines make the batch that those agents share. */
const BATCH_LINES = 20_000;
const FUNCTION = 'datadog';
const LF = 0x0a;

/** How cost grows: with the number of lines and their length in the shipper, with the agents of a batch in a function. */
export async function benchGrowth(bench: Bench): Promise<TopicResult> {
  const parts = [await lineGrowth(bench), await lengthGrowth(bench), await agentGrowth(bench)];
  return {
    topic: 'growth',
    figures: parts.flatMap(({ figures }) => figures),
    chart: chartOf(parts.map(({ panel }) => panel)),
  };
}

interface Growth {
  readonly figures: readonly Figure[];
  readonly panel: Panel;
}

/** Medians, of which those below what can be measured are drawn as the least that can be. */
function pointsOf(figures: ReadonlyMap<number, Figure>): Panel['points'] {
  return [...figures].map(([x, { values }]) => [x, Math.max(median(values), LEAST)] as const);
}

/** CPU time of all processes of the shipper, and what is added by each line more. */
async function lineGrowth(bench: Bench): Promise<Growth> {
  const { corpus, options } = bench;
  const measure = await openShipper(bench);
  try {
    const runs = new Map<number, Figure>();
    const further: Figure[] = [];
    let before: { readonly lines: number; readonly cpuMs: readonly number[] } | undefined;
    for (const share of SIZES) {
      const lines = Math.max(1, Math.round(options.lines * share));
      const agent = share > 1 ? repeatedly(share) : `head -n ${lines} "$0"`;
      const cpuMs = await measure.cpuMs(agent, { corpus: corpus.path, lines });
      runs.set(lines, { name: `shipper, ${grouped(lines)} lines: CPU`, unit: 'ms', values: cpuMs });
      if (before !== undefined && share >= MIN_MEASURABLE_SHARE) {
        const { lines: fewer, cpuMs: less } = before;
        const values = cpuMs.map((ms, run) => ((ms - (less[run] ?? 0)) * 1000) / (lines - fewer));
        const name = `shipper, from ${grouped(fewer)} lines on: CPU of each further line`;
        further.push({ name, unit: 'µs', values });
      }
      before = { lines, cpuMs };
    }
    const panel = { title: 'Shipper', xLabel: 'lines', yLabel: 'ms of CPU', points: pointsOf(runs) };
    return { figures: [...runs.values(), ...further], panel };
  } finally {
    await measure.close();
  }
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function repeatedly(times: number): string {
  return `i=0; while [ $i -lt ${times} ]; do cat "$0"; i=$((i+1)); done`;
}

/** CPU time in ms of a megabyte, in lines of one length. */
async function lengthGrowth(bench: Bench): Promise<Growth> {
  const { workshop, options } = bench;
  const measure = await openShipper(bench);
  try {
    const startMs = await measure.cpuMs('head -n 1 "$0"', { corpus: bench.corpus.path, lines: 1 });
    const figures = new Map<number, Figure>();
    for (const bytes of LINE_BYTES) {
      const lines = Math.max(1, Math.round((options.lines * BYTES_PER_LINE) / bytes));
      const corpus = join(workshop.dir, `lines-of-${bytes}.log`);
      await writeLines(corpus, lines, bytes);
      const cpuMs = await measure.cpuMs('cat "$0"', { corpus, lines });
      const megabytes = (lines * bytes) / 1e6;
      const name = `shipper, lines of ${grouped(bytes)} bytes: CPU of a megabyte`;
      const values = cpuMs.map((ms, run) => (ms - (startMs[run] ?? 0)) / megabytes);
      figures.set(bytes, { name, unit: 'ms', values });
    }
    const axes = { xLabel: 'bytes a line', yLabel: 'ms of CPU a megabyte' };
    return {
      figures: [...figures.values()],
      panel: { title: 'Shipper', ...axes, points: pointsOf(figures) },
    };
  } finally {
    await measure.close();
  }
}

/** The corpus as one text, cut into lines of one length. */
async function writeLines(path: string, lines: number, bytes: number): Promise<void> {
  const next = createCorpus();
  const file = createWriteStream(path);
  let text = Buffer.alloc(0);
  for (let line = 0; line < lines; line += 1) {
    while (text.length < bytes) text = Buffer.concat([text, Buffer.from(next().trimEnd())]);
    const cut = Buffer.from(text.subarray(0, bytes));
    cut[bytes - 1] = LF;
    text = text.subarray(bytes);
    if (!file.write(cut)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

/** CPU time in µs of what a function does for one line of a batch that so many agents share. */
async function agentGrowth({ workshop, corpus, options }: Bench): Promise<Growth> {
  const functions = await openFunctions(workshop);
  try {
    const lines = (await readFile(corpus.path)).toString().split('\n', Math.min(options.lines, BATCH_LINES));
    // Each under a name of its own: a warm function knows what it has delivered.
    const shared = async (name: string, agents: number): Promise<readonly string[]> => {
      const writer = createEventWriter(name);
      const share = Math.ceil(lines.length / agents);
      for (let agent = 0; agent * share < lines.length; agent += 1) {
        const own = lines.slice(agent * share, (agent + 1) * share);
        writer.add(Buffer.from(`${own.join('\n')}\n`), `CA_bench_${agent}`);
      }
      return writer.write(workshop.dir);
    };
    const warm = await shared('warm', 1);
    const figures = new Map<number, Figure>();
    for (const agents of AGENTS) {
      const events = await shared(`agents-${agents}`, agents);
      const values: number[] = [];
      for (let run = 0; run < options.runs; run += 1) {
        const invoked = await functions.invoke(functions.bundleOf(FUNCTION), { warm, events });
        if (invoked.delivered !== 2 * lines.length)
          throw new Error(`delivered ${invoked.delivered} of ${2 * lines.length} lines of ${agents} agents`);
        values.push((invoked.cpuMs * 1000) / lines.length);
      }
      const name = `${FUNCTION}, agents in a batch: ${grouped(agents)}: CPU of a line`;
      figures.set(agents, { name, unit: 'µs', values });
    }
    const axes = { xLabel: 'agents in a batch', yLabel: 'µs of CPU a line' };
    const panel = { title: `Function for ${FUNCTION}`, ...axes, points: pointsOf(figures) };
    return { figures: [...figures.values()], panel };
  } finally {
    await functions.close();
  }
}

interface ShipperMeter {
  /** Of all processes, in ms, once for each run; `agent` is a shell command with the corpus as `$0`. */
  readonly cpuMs: (
    agent: string,
    input: { readonly corpus: string; readonly lines: number },
  ) => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
}

async function openShipper({ workshop, options }: Bench): Promise<ShipperMeter> {
  const kinesis = await openBlackHole(workshop, { kind: 'kinesis' });
  const summaryFile = join(workshop.dir, 'growth-summary.json');
  const flags = ['--no-tee', '--when-full', 'block', '--summary-file', summaryFile];
  return {
    cpuMs: async (agent, { corpus, lines }) => {
      const { command, env } = shipperRun(workshop, kinesis, { agent: ['sh', '-c', agent, corpus], flags });
      const values: number[] = [];
      for (let run = 0; run < options.runs; run += 1) {
        values.push((await measureTree(command, { env })).cpuMs);
        await expectAllTaken(summaryFile, lines);
      }
      return values;
    },
    close: kinesis.close,
  };
}
