import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../kit/bench.ts';
import { writeCorpus } from '../kit/corpus.ts';
import { writeEvents } from '../kit/events.ts';
import type { Figure, TopicResult } from '../kit/figures.ts';
import { openFunctions } from '../kit/functions-at-work.ts';

const FLOOR = 'plain function body, gzip';
const WARM_LINES = 20_000;
/** Of destinations that were measured often enough to have one. */
const GOALS: Readonly<Record<string, string>> = {
  datadog: '≥ 220,000',
  newrelic: '≥ 220,000',
  splunk: '≥ 220,000',
  sentry: '≥ 150,000',
  cloudwatch: '≥ 200,000',
  syslog: '≥ 400,000',
};

/** Lines that one second of CPU carries from records to the last answer, in functions that are warm. */
export async function benchFunctions({ workshop, corpus, options }: Bench): Promise<TopicResult> {
  const { destinations, lines, runs } = options;
  const warmCorpus = join(workshop.dir, 'warm.log');
  const warmLines = Math.min(lines, WARM_LINES);
  await writeCorpus(warmCorpus, warmLines);
  const functions = await openFunctions(workshop);
  try {
    const warm = await writeEvents('warm', warmCorpus, workshop.dir);
    const events = await writeEvents('boot', corpus.path, workshop.dir);
    const warmBytes = (await stat(warmCorpus)).size;
    const values = new Map<string, number[]>();
    const sent = new Map<string, number[]>();
    const logged: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const floor = await functions.invoke(workshop.program('plain-function'), { warm, events });
      note(values, FLOOR, (lines / floor.cpuMs) * 1000);
      for (const id of destinations) {
        const invoked = await functions.invoke(functions.bundleOf(id), { warm, events });
        const expected = warmLines + lines;
        if (invoked.failures > 0 || invoked.delivered !== expected) {
          throw new Error(`${id} delivered ${invoked.delivered} of ${expected} lines`);
        }
        note(values, id, (lines / invoked.cpuMs) * 1000);
        note(sent, id, invoked.sentBytes / (warmBytes + corpus.bytes));
        logged.push(invoked.loggedBytes / (warm.length + events.length));
      }
    }
    const figures = [...values].map(([name, ofRuns]): Figure => {
      const figure = { name, unit: 'lines/CPU-s', values: ofRuns };
      if (name === FLOOR) return figure;
      const goal = GOALS[name];
      return { ...figure, floor: FLOOR, ...(goal === undefined ? {} : { goal }) };
    });
    const ratios = [...sent].map(
      ([id, ofRuns]): Figure => ({ name: `${id}: bytes sent for a byte of text`, unit: '×', values: ofRuns }),
    );
    const logs = { name: 'own logs and metrics of an invocation', unit: 'bytes', values: logged };
    return { topic: 'functions', figures: [...figures, ...ratios, logs] };
  } finally {
    await functions.close();
  }
}

function note(values: Map<string, number[]>, name: string, value: number): void {
  values.set(name, [...(values.get(name) ?? []), value]);
}
