import { join } from 'node:path';
import { startAgentRun } from '../../local/agent-run.ts';
import { startTwin, type Twin } from '../../local/local-stack.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import type { Bench } from '../kit/bench.ts';
import { type Figure, quantile, type TopicResult } from '../kit/figures.ts';

const RATES = [10, 1_000, 50_000];
const WRITTEN = /"written_ms": (\d+)\}$/;

/** When a line, known by its number, was written, came to Kinesis and was accepted; epoch ms. */
interface Journey {
  readonly writtenMs: number;
  readonly storedMs: number;
  readonly acceptedMs: number;
}

/** From an agent's write to a receiver's acceptance, on one machine, at paces that an agent may have. */
export async function benchLatency(bench: Bench): Promise<TopicResult> {
  const figures: Figure[] = [];
  for (const rate of RATES) {
    const travelled: (readonly Journey[])[] = [];
    for (let run = 0; run < bench.options.runs; run += 1) travelled.push(await travel(bench, rate));
    const journeys = travelled.flat();
    const parts = {
      'written → accepted': ({ writtenMs, acceptedMs }: Journey) => acceptedMs - writtenMs,
      'written → stored in Kinesis (batching: up to 1,000 ms)': ({ writtenMs, storedMs }: Journey) =>
        storedMs - writtenMs,
      'stored → accepted (batching: up to 250 ms)': ({ storedMs, acceptedMs }: Journey) =>
        acceptedMs - storedMs,
    };
    for (const [name, of] of Object.entries(parts)) {
      const all = journeys.map(of);
      for (const q of [0.5, 0.99]) {
        const title = `${rate.toLocaleString('en-US')} lines/s, ${name}, p${q * 100}`;
        figures.push({ name: title, unit: 'ms', values: [quantile(all, q)] });
      }
    }
  }
  return { topic: 'latency', figures };
}

async function travel({ workshop, options }: Bench, rate: number): Promise<readonly Journey[]> {
  const storedMs = new Map<number, number>();
  const journeys: Journey[] = [];
  const twin = await startTwin({
    places: [{ id: 'datadog', kind: 'receiver' }],
    shards: 1,
    faults: {},
    distDir: workshop.dist,
    onAccepted: (_, { text, seq = -1, acceptedMs }) => {
      const writtenMs = Number(WRITTEN.exec(text)?.[1]);
      const stored = storedMs.get(seq);
      if (Number.isNaN(writtenMs) || stored === undefined) return;
      journeys.push({ writtenMs, storedMs: stored, acceptedMs });
    },
    onFunctionLog: () => {},
  });
  try {
    const stop = watchStored(twin, (seq, ms) => storedMs.set(seq, ms));
    const { ended } = startAgentRun({
      program: join(workshop.dist, 'log-drain.mjs'),
      command: [process.execPath, workshop.program('paced-writer'), String(rate), String(options.seconds)],
      twin,
      agentId: 'CA_bench',
      workerId: 'CAW_bench',
      onOutput: () => {},
    });
    await ended;
    await twin.drained();
    stop();
  } finally {
    await twin.close();
  }
  const expected = rate * options.seconds;
  if (journeys.length !== expected) throw new Error(`${journeys.length} of ${expected} lines were accepted`);
  return journeys;
}

/** Tells when each line was stored, before the mappings can read it. */
function watchStored({ kinesis: { stream } }: Twin, tell: (seq: number, ms: number) => void): () => void {
  const consumer = stream.consumer();
  const positions = new Map<string, number>();
  const stop = stream.onChange(() => {
    for (const shard of stream.shards()) {
      let position = positions.get(shard.id) ?? shard.first();
      for (let record = shard.at(position); record !== undefined; record = shard.at(position)) {
        const { data, partitionKey, arrivalMs } = record;
        const decoded = decodeRecord(Buffer.from(data, 'base64'), { partitionKey, arrivalMs });
        if (decoded.kind === 'lines') {
          for (const { seq, count } of decoded.groups) {
            for (let i = 0; i < count; i += 1) tell(seq + i, arrivalMs);
          }
        }
        position += 1;
      }
      positions.set(shard.id, position);
      consumer.passed(shard.id, position);
    }
  });
  return () => {
    stop();
    consumer.close();
  };
}
