import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MANIFESTS } from '../lambdas/registry.ts';
import { addTo, failureText, merge, noSums, type Sums, sumsText } from './report.ts';
import { shrink } from './shrink.ts';
import { type SimulationOptions, simulate } from './simulate.ts';

// tsx simulation/main.ts [--seed N | --seeds A..B] [--hours H] [--shards K] [--agents M] [--destination ID] [--only 0,3]:
// plays histories and says which fail. Exit code 1 if one does.

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    hours: { type: 'string' },
    shards: { type: 'string' },
    agents: { type: 'string' },
    destination: { type: 'string' },
    only: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
    /** Of the processes among which a range of seeds is shared: which one this is. */
    part: { type: 'string' },
  },
});

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function numberOf(name: 'seed' | 'hours' | 'shards' | 'agents', least: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  const isGood = Number.isFinite(value) && value >= least && (name === 'hours' || Number.isInteger(value));
  return isGood ? value : fail(`--${name} must be a number from ${least} on (got ${JSON.stringify(text)}).`);
}

function seedsOf(): readonly [from: number, to: number] {
  const seed = numberOf('seed', 0);
  if (seed !== undefined) return [seed, seed];
  const text = values.seeds ?? '1..20';
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined || Number(from) > Number(to))
    fail(`--seeds must be two numbers such as 1..500 (got ${JSON.stringify(text)}).`);
  return [Number(from), Number(to)];
}

function shapeOf(): Omit<SimulationOptions, 'seed'> {
  const destination = MANIFESTS.find(({ id }) => id === values.destination)?.id;
  if (values.destination !== undefined && destination === undefined)
    fail(`--destination must be one of ${MANIFESTS.map(({ id }) => id).join(', ')}.`);
  const only = values.only
    ?.split(',')
    .filter((text) => text !== 'none')
    .map(Number);
  if (only?.some((at) => !Number.isInteger(at)) === true)
    fail('--only must be places of troubles such as 0,3, or none.');
  return {
    hours: numberOf('hours', 0.5),
    shards: numberOf('shards', 1),
    agents: numberOf('agents', 1),
    destination,
    only,
  };
}

/** Plays every `parts`-th seed, and tells of each failure at once. */
async function play(seeds: Iterable<number>, shape: Omit<SimulationOptions, 'seed'>): Promise<Sums> {
  const sums = noSums();
  for (const seed of seeds) {
    const options = { seed, ...shape };
    const result = await simulate(options);
    addTo(sums, result);
    if (result.violations.length === 0) continue;
    const failing = values['no-shrink'] ? { options, result } : await shrink({ options, result });
    process.stdout.write(`${failureText(failing.options, failing.result)}\n\n`);
  }
  return sums;
}

function* everyNth(from: number, to: number, step: number): Generator<number> {
  for (let seed = from; seed <= to; seed += step) yield seed;
}

/** Each process plays its share of the seeds. */
async function playInProcesses(from: number, to: number, processes: number): Promise<Sums> {
  const sums = noSums();
  await Promise.all(
    Array.from({ length: processes }, async (_, part) => {
      const child = fork(process.argv[1] ?? '', [...process.argv.slice(2), '--part', `${part}/${processes}`]);
      child.on('message', (its: Sums) => merge(sums, its));
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`A part of the simulation ended with ${code}.`);
    }),
  );
  if (sums.seeds !== to - from + 1) throw new Error(`${sums.seeds} of ${to - from + 1} seeds were played.`);
  return sums;
}

async function main(): Promise<void> {
  const [from, to] = seedsOf();
  const shape = shapeOf();
  if (values.part !== undefined) {
    const [part = 0, parts = 1] = values.part.split('/').map(Number);
    const sums = await play(everyNth(from + part, to, parts), shape);
    process.send?.(sums);
    return;
  }
  const processes = Math.min(availableParallelism(), to - from + 1);
  const sums =
    processes === 1 ? await play(everyNth(from, to, 1), shape) : await playInProcesses(from, to, processes);
  process.stdout.write(`${sumsText(sums)}\n`);
  process.exitCode = sums.failed > 0 ? 1 : 0;
}

void main();
