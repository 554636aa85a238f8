import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { MAX_DECODED_BYTES, MAX_RECORD_BODY_BYTES } from '../../shared/record/format.ts';
import type { Bench } from '../kit/bench.ts';
import { openBlackHole } from '../kit/black-holes.ts';
import { createCorpus } from '../kit/corpus.ts';
import { agentIds, createEventWriter, MAX_PAYLOAD_BYTES } from '../kit/events.ts';
import type { Figure, TopicResult } from '../kit/figures.ts';
import { openFunctions } from '../kit/functions-at-work.ts';
import type { BenchOptions } from '../kit/options.ts';
import { measureTree, residentBytes } from '../kit/process-tree.ts';
import { type ShipperRun, shipperRun } from '../kit/shipper-at-work.ts';

const MIB = 1024 * 1024;
/** After its first flush the shipper has all that it needs; then it rests. */
const IDLE_AFTER_MS = 2_000;
/** Base64 makes 4 of 3. */
const PAYLOAD_DATA_BYTES = (MAX_PAYLOAD_BYTES * 3) / 4;
/** So many records of the largest size are about three of the waves in which a function decodes; more take minutes. */
const BOMB_RECORDS = 9;
/** One wave: to send so many blank lines takes minutes too. */
const BLANK_RECORDS = 3;
/** In a record of blank lines, for each line of the corpus: as many as it holds, but fewer in a small benchmark. */
const BLANK_LINES = 16;
/** Nearly the most changes of the time, and of the worker, that a record of other producers may hold. */
const FOREIGN_TIMES = 131_000;
const FOREIGN_WORKERS = 32_000;
/** Nearly the most that a record may hold of log events, and, at 17 bytes each, of lines with an agent. */
const FOREIGN_EVENTS = 2_000_000;
const FOREIGN_LINES = 980_000;
const SHORT_RECORDS = 3;
const LINE_BYTES = 238;
/** As many as a batch has records, each with so many lines of the corpus that they fill it. */
const AGENTS = 1_000;
const AGENT_LINES = 55;

/** Resident memory of the shipper at rest and at full speed, and of functions at the hardest payloads. */
export async function benchMemory(bench: Bench): Promise<TopicResult> {
  return { topic: 'memory', figures: [...(await shipperMemory(bench)), ...(await functionMemory(bench))] };
}

async function shipperMemory({ workshop, corpus, options }: Bench): Promise<readonly Figure[]> {
  const kinesis = await openBlackHole(workshop, { kind: 'kinesis' });
  try {
    const idle: number[] = [];
    const full: number[] = [];
    const { command, env } = shipperRun(workshop, kinesis, { agent: ['cat', corpus.path] });
    const resting = shipperRun(workshop, kinesis, { agent: ['sh', '-c', 'echo started; exec sleep 600'] });
    for (let run = 0; run < options.runs; run += 1) {
      idle.push((await idleBytes(resting)) / MIB);
      full.push((await measureTree(command, { env })).peakRssBytes / MIB);
    }
    return [
      { name: 'shipper, both processes, idle', unit: 'MiB', values: idle, goal: '≤ 120 MB' },
      { name: 'shipper, both processes, full speed (peak)', unit: 'MiB', values: full, goal: '≤ 180 MB' },
    ];
  } finally {
    await kinesis.close();
  }
}

async function idleBytes({ command: [file, ...args], env }: ShipperRun): Promise<number> {
  const child = spawn(file, args, { env, stdio: 'ignore' });
  await wait(IDLE_AFTER_MS);
  const bytes = residentBytes(child.pid ?? -1);
  child.kill('SIGTERM');
  await once(child, 'exit');
  return bytes;
}

async function functionMemory({ workshop, options }: Bench): Promise<readonly Figure[]> {
  const functions = await openFunctions(workshop);
  try {
    const figures: Figure[] = [];
    for (const id of options.destinations) functions.giveAccounts(id, agentIds(AGENTS));
    for (const [payload, write] of Object.entries(PAYLOADS)) {
      const events = await write(workshop.dir, options);
      for (const id of options.destinations) {
        const values: number[] = [];
        for (let run = 0; run < options.runs; run += 1) {
          const { peakRssBytes, failures } = await functions.invoke(functions.bundleOf(id), {
            warm: [],
            events,
          });
          if (failures > 0) throw new Error(`${id} did not deliver the ${payload}`);
          values.push(peakRssBytes / MIB);
        }
        figures.push({ name: `${id}, ${payload}`, unit: 'MiB', values, goal: '≤ 256 MB' });
      }
    }
    return figures;
  } finally {
    await functions.close();
  }
}

type WritePayload = (dir: string, options: BenchOptions) => Promise<readonly string[]>;

/** Bodies that compress hardly, as logs do, and as nothing real does; smaller ones in a benchmark of few lines. */
const PAYLOADS: Readonly<Record<string, WritePayload>> = {
  '6 MiB payload of 1×': (dir, { lines }) => {
    const writer = createEventWriter('x1');
    const most = Math.min(PAYLOAD_DATA_BYTES - MAX_RECORD_BODY_BYTES, lines * LINE_BYTES);
    for (let bytes = 0; bytes < most; bytes += MAX_RECORD_BODY_BYTES / 2) {
      writer.add(noise(MAX_RECORD_BODY_BYTES / 2));
    }
    return writer.write(dir);
  },
  '6 MiB payload of 10×': (dir, { lines }) => {
    const writer = createEventWriter('x10');
    const next = createCorpus();
    // The corpus shrinks to about a quarter; repeated lines make the rest of the ten.
    const most = Math.min(PAYLOAD_DATA_BYTES * 10, lines * LINE_BYTES);
    for (let bytes = 0; bytes < most; bytes += MAX_RECORD_BODY_BYTES) {
      writer.add(repeated(next, 2.5));
    }
    return writer.write(dir);
  },
  '6 MiB payload of 10,000×': (dir, { lines }) => {
    const writer = createEventWriter('x10000');
    const line = `${'a'.repeat(LINE_BYTES - 1)}\n`;
    const most = Math.floor((MAX_DECODED_BYTES - 64 * 1024) / LINE_BYTES);
    const body = Buffer.from(line.repeat(Math.min(lines, most)));
    for (let record = 0; record < BOMB_RECORDS; record += 1) writer.add(body);
    return writer.write(dir);
  },
  '6 MiB payload of 10,000×, blank lines': (dir, { lines }) => {
    const writer = createEventWriter('blank');
    const body = Buffer.alloc(Math.min(lines * BLANK_LINES, MAX_DECODED_BYTES - 64 * 1024), '\n');
    for (let record = 0; record < BLANK_RECORDS; record += 1) writer.add(body);
    return writer.write(dir);
  },
  '6 MiB payload of 1,000 agents, each with an account of its own': (dir, { lines }) => {
    const writer = createEventWriter('agents');
    const next = createCorpus();
    for (const agent of agentIds(Math.min(Math.ceil(lines / AGENT_LINES), AGENTS))) {
      writer.add(Buffer.from(Array.from({ length: AGENT_LINES }, next).join('')), agent);
    }
    return writer.write(dir);
  },
  "payload of other producers' lines, each with a time of its own": (dir, { lines }) =>
    writeForeign(dir, 'times', {
      records: BOMB_RECORDS,
      payload: listOf(Math.min(lines, FOREIGN_TIMES), (at) => ({
        agent_id: 'a',
        timestamp: Date.UTC(2027, 0) + (at % 2),
      })),
    }),
  "payload of other producers' lines, each of another worker": (dir, { lines }) =>
    writeForeign(dir, 'workers', {
      records: BOMB_RECORDS,
      payload: listOf(Math.min(lines, FOREIGN_WORKERS), (at) => ({
        agent_id: 'a',
        worker_id: `w${at % 2}`,
        message: '',
      })),
    }),
  "payload of other producers' lines, 980,000 in a record": (dir, { lines }) =>
    writeForeign(dir, 'short', {
      records: SHORT_RECORDS,
      payload: listOf(Math.min(lines, FOREIGN_LINES), () => ({ agent_id: 'a' })),
    }),
  'payload of CloudWatch log events, two million in a record': (dir, { lines }) =>
    writeForeign(dir, 'events', {
      records: SHORT_RECORDS,
      payload: `{"messageType":"DATA_MESSAGE","logGroup":"a","logStream":"b","logEvents":${listOf(
        Math.min(2 * lines, FOREIGN_EVENTS),
        () => ({ a: 1 }),
      )}}`,
    }),
};

function listOf(count: number, item: (at: number) => object): string {
  return `[${Array.from({ length: count }, (_, at) => JSON.stringify(item(at))).join(',')}]`;
}

/** Such lines weigh by their number, so most payloads are far below what a record may decode to. */
function writeForeign(
  dir: string,
  name: string,
  { records, payload }: { readonly records: number; readonly payload: string },
): Promise<readonly string[]> {
  const writer = createEventWriter(name);
  const bytes = Buffer.from(payload);
  for (let record = 0; record < records; record += 1) writer.addForeign(bytes);
  return writer.write(dir);
}

/** Lines of base64: three quarters of each byte are chance. */
function noise(bytes: number): Buffer {
  const text = randomFillSync(Buffer.alloc((bytes * 3) / 4)).toString('base64');
  return Buffer.from(text.replace(new RegExp(`.{1,${LINE_BYTES - 1}}`, 'g'), '$&\n'));
}

/** A body of 1 MiB in which each line comes about `times` times. */
function repeated(next: () => string, times: number): Buffer {
  let text = '';
  for (let i = 0; text.length < MAX_RECORD_BODY_BYTES * 0.95; i += 1) {
    const line = next();
    text += line.repeat(Math.round(times + (i % 2 === 0 ? 0.1 : -0.1)));
  }
  return Buffer.from(text);
}
