import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { type Bench, withBench } from './kit/bench.ts';
import { reportsOf, type TopicResult, tableOf } from './kit/figures.ts';
import { parseOptions, type Topic } from './kit/options.ts';
import { replaceTable } from './kit/page.ts';
import { benchFunctions } from './topics/functions.ts';
import { benchGrowth } from './topics/growth.ts';
import { benchLatency } from './topics/latency.ts';
import { benchMemory } from './topics/memory.ts';
import { benchShipper } from './topics/shipper.ts';
import { benchStart } from './topics/start.ts';

// tsx bench/main.ts [topic…] [--lines N] [--runs N] [--seconds N] [--destinations ID,ID] [--json] [--page FILE]: all topics
// unless some are named.
const BENCHES: Readonly<Record<Topic, (bench: Bench) => Promise<TopicResult>>> = {
  shipper: benchShipper,
  functions: benchFunctions,
  start: benchStart,
  memory: benchMemory,
  latency: benchLatency,
  growth: benchGrowth,
};

const options = parseOptions(process.argv.slice(2));
const { topics, lines, runs, json, page } = options;
await withBench('dist', options, async (bench) => {
  for (const topic of topics) {
    const loadBefore = loadavg()[0] ?? 0;
    const { figures, chart } = await BENCHES[topic](bench);
    const reports = reportsOf(figures);
    const machine = { node: process.version, cores: cpus().length, loadBefore, loadAfter: loadavg()[0] ?? 0 };
    const setting = { topic, lines, bytes: bench.corpus.bytes, runs, machine };
    if (json) process.stdout.write(`${JSON.stringify({ ...setting, figures: reports })}\n`);
    else process.stdout.write(`${topic}\n\n${tableOf(reports)}\n\n`);
    if (page !== undefined) {
      const key = `${topic}, Node ${process.versions.node.split('.')[0]}`;
      writeFileSync(
        page,
        replaceTable(readFileSync(page, 'utf8'), key, { setting, table: tableOf(reports) }),
      );
      if (chart !== undefined) writeFileSync(join(dirname(page), `${topic}.svg`), chart);
    }
  }
});
