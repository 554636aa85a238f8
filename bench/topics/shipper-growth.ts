import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Bench } from '../kit/bench.ts';
import { openBlackHole } from '../kit/black-holes.ts';
import { createCorpus } from '../kit/corpus.ts';
import type { Figure } from '../kit/figures.ts';
import { measureTree } from '../kit/process-tree.ts';
import { expectAllTaken, shipperRun } from '../kit/shipper-at-work.ts';
import { type Growth, grouped, pointsOf } from './growth-panel.ts';

/** Shares of `--lines`, which is 1,000,000 as a rule. */
const SIZES = [0.001, 0.01, 0.1, 1, 10];
/** Below this share a run costs its start, and what its lines add is lost in that. */
const MIN_MEASURABLE_SHARE = 0.1;
const LINE_BYTES = [20, 200, 2_000, 20_000, 200_000];
/** Of lines of each length together, for each of `--lines`. */
const BYTES_PER_LINE = 100;
const LF = 0x0a;

/** CPU time of all processes of the shipper, and what is added by each line more. */
export async function lineGrowth(bench: Bench): Promise<Growth> {
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

function repeatedly(times: number): string {
  return `i=0; while [ $i -lt ${times} ]; do cat "$0"; i=$((i+1)); done`;
}

/** CPU time in ms of a megabyte, in lines of one length. */
export async function lengthGrowth(bench: Bench): Promise<Growth> {
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
