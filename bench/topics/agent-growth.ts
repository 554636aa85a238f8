import { readFile } from 'node:fs/promises';
import type { Bench } from '../kit/bench.ts';
import { agentIds, createEventWriter } from '../kit/events.ts';
import type { Figure } from '../kit/figures.ts';
import { openFunctions } from '../kit/functions-at-work.ts';
import type { InvokeTask } from '../programs/invoke.ts';
import { type Growth, grouped, pointsOf } from './growth-panel.ts';

const AGENTS = [1, 10, 100, 1_000];
/** At most so many lines make the batch that those agents share. */
const BATCH_LINES = 20_000;
/** Of the same agents. The first half is for V8 to compile what each agent needs; not each one meets its collector. */
const BATCHES = 10;
const MEASURED = BATCHES / 2;
const FUNCTION = 'datadog';
const FLOOR = 'plain function body that posts';

/**
 * CPU time in µs of what a function does for one line of a batch that so many agents share, each with an account of its
 * own: when it knows their settings, as it does but once in five minutes; and when it meets the agents first.
 */
export async function agentGrowth(bench: Bench): Promise<readonly Growth[]> {
  const functions = await openFunctions(bench.workshop);
  try {
    functions.giveAccounts(FUNCTION, agentIds(Math.max(...AGENTS)));
    const { lines, write } = await createBatches(bench);
    const warm = await write('warm', ['CA_bench']);
    /** In µs of a line of `batches`; `sent` are the lines of all, or of none where nobody counts them. */
    const cpuOf = async (
      bundle: string,
      task: Omit<InvokeTask, 'bundle'>,
      { batches, sent }: { readonly batches: number; readonly sent: number },
    ): Promise<readonly number[]> => {
      const values: number[] = [];
      for (let run = 0; run < bench.options.runs; run += 1) {
        const { cpuMs, delivered, failures } = await functions.invoke(bundle, task);
        if (failures > 0 || delivered !== sent)
          throw new Error(`delivered ${delivered} of ${sent} lines of agents that share a batch`);
        values.push((cpuMs * 1000) / (batches * lines));
      }
      return values;
    };
    const floors: Figure[] = [];
    const known = new Map<number, Figure>();
    const first = new Map<number, Figure>();
    for (const agents of AGENTS) {
      const met = await write(`met-${agents}`, agentIds(agents));
      const again: string[] = [];
      for (let batch = 0; batch < BATCHES; batch += 1)
        again.push(...(await write(`again-${agents}-${batch}`, agentIds(agents))));
      // Each batch is one event, since it has far less than an event may hold.
      const task = { warm: [...warm, ...met, ...again.slice(0, -MEASURED)], events: again.slice(-MEASURED) };
      const bundle = functions.bundleOf(FUNCTION);
      const unit = 'µs';
      const inBatch = `${grouped(agents)} agents in a batch: CPU of a line`;

      const plain = bench.workshop.program('plain-posts');
      const floor = { name: `${FLOOR}, ${inBatch}`, unit };
      floors.push({ ...floor, values: await cpuOf(plain, task, { batches: MEASURED, sent: 0 }) });
      const ofKnown = { name: `${FUNCTION}, ${inBatch}`, unit, floor: floor.name };
      const sent = (BATCHES + 2) * lines;
      known.set(agents, { ...ofKnown, values: await cpuOf(bundle, task, { batches: MEASURED, sent }) });
      const ofFirst = {
        name: `${FUNCTION}, ${grouped(agents)} agents met for the first time: CPU of a line`,
        unit,
      };
      const values = await cpuOf(bundle, { warm, events: met }, { batches: 1, sent: 2 * lines });
      first.set(agents, { ...ofFirst, values });
    }
    return [
      { figures: [...floors, ...known.values()], panel: panelOf('settings known', known) },
      { figures: [...first.values()], panel: panelOf('agents met first', first) },
    ];
  } finally {
    await functions.close();
  }
}

function panelOf(title: string, figures: ReadonlyMap<number, Figure>): Growth['panel'] {
  const axes = { xLabel: 'agents in a batch', yLabel: 'µs of CPU a line' };
  return { title: `${FUNCTION}, ${title}`, ...axes, points: pointsOf(figures) };
}

interface Batches {
  /** Of each batch. */
  readonly lines: number;
  /** Shares them out among agents, under a name of its own: a warm function knows what it has delivered. */
  readonly write: (name: string, agents: readonly string[]) => Promise<readonly string[]>;
}

async function createBatches({ workshop, corpus, options }: Bench): Promise<Batches> {
  const lines = (await readFile(corpus.path)).toString().split('\n', Math.min(options.lines, BATCH_LINES));
  return {
    lines: lines.length,
    write: async (name, agents) => {
      const writer = createEventWriter(name);
      const share = Math.ceil(lines.length / agents.length);
      for (const [at, agent] of agents.entries()) {
        const own = lines.slice(at * share, (at + 1) * share);
        if (own.length > 0) writer.add(Buffer.from(`${own.join('\n')}\n`), agent);
      }
      return writer.write(workshop.dir);
    },
  };
}
