import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultOf } from '../helpers/run-cli.ts';

/** A fault put into the product: a piece of a source that becomes another one. */
interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The rule that it breaks, and a seed by which it does. */
  readonly breaks: string;
  readonly seed: number;
  /** Histories of this shape bring it out more often. */
  readonly shape?: readonly string[];
}

const MUTANTS: readonly Mutant[] = [
  {
    name: 'redrive does not come back to an agent that failed',
    file: 'lambdas/redrive/destination-run.ts',
    from: 'isGoneOnWith && folder.failures > 0 ? Infinity',
    to: 'folder.failures > 0 ? Infinity',
    breaks: 'never-delivered',
    seed: 1,
  },
  {
    name: 'redrive leaves the batches that Lambda put aside',
    file: 'lambdas/redrive/lanes/batches.ts',
    from: 'if (done === true) return false;',
    to: 'if (done !== undefined) return false;',
    breaks: 'never-delivered',
    seed: 17,
  },
  {
    name: 'redrive removes the lines of an agent without settings',
    file: 'engine/send/agent-sender.ts',
    from: 'if (context.redrive) keepAll(task);',
    to: 'if (false as boolean) keepAll(task);',
    breaks: 'lost-from-bucket',
    seed: 37,
  },
  {
    name: 'an object is named by the first of its lines',
    file: 'shared/parking/line-names.ts',
    from: 'for (const { from, to } of pieces) numbers.add(from, to);',
    to: 'for (const { from } of pieces.slice(0, 1)) numbers.add(from, from + 1);',
    breaks: 'passed-unsettled',
    seed: 826,
    shape: ['--agents', '2', '--shards', '1'],
  },
  {
    name: 'a few lines that were refused together are rejected unseen',
    file: 'engine/send/send-request.ts',
    from: 'if (events === 1) return refuseAlone',
    to: 'if (events <= 4) return refuseAlone',
    breaks: 'rejected-good',
    seed: 3,
  },
  {
    name: 'a removed secret counts as none',
    file: 'shared/settings/secrets.ts',
    from: "if (answer.kind === 'deleted') return { kind: 'deleted', name };",
    to: "if (answer.kind === 'deleted') return { kind: 'absent' };",
    breaks: 'passed-unsettled',
    seed: 7,
  },
  {
    name: 'an agent in trouble is never parked for others’ sake',
    file: 'engine/settle/park-leftovers.ts',
    from: 'isOwn ? isolationLimitMs : stallLimitMs',
    to: 'stallLimitMs',
    breaks: 'others-wait',
    seed: 1,
  },
  {
    name: 'the report names the last record that is not settled',
    file: 'engine/decode/progress.ts',
    from: 'const first = records.find((',
    to: 'const first = records.findLast((',
    breaks: 'passed-unsettled',
    seed: 1,
  },
  {
    name: 'a container does not remember what it has delivered',
    file: 'engine/decode/wave.ts',
    from: 'context.settledLines.unsettled(boot, { from: seq, to: seq + count }, fates)',
    to: '[{ from: seq, to: seq + count }]',
    breaks: 'delivered-twice',
    seed: 1,
  },
  {
    name: 'the lines of a boot go as their records came',
    file: 'engine/decode/wave.ts',
    from: 'segments.toSorted((a, b) => a.group.seq + a.from - (b.group.seq + b.from))',
    to: 'segments',
    breaks: 'out-of-order',
    seed: 13,
  },
  {
    name: 'the shipper forgets what its sender held when it died',
    file: 'shipper/queue/unsent-records.ts',
    from: 'const returned = handedOver.all()',
    to: 'const returned = [...handedOver.all()].slice(1)',
    breaks: 'lost-by-shipper',
    seed: 58,
  },
  {
    name: 'two names are looked up at a time, as by libuv’s pool',
    file: 'shared/names/names.ts',
    from: 'const found = await findAddresses(name, { ask, clock });',
    to: `const pool = (ask.pool ??= { busy: 0 });
      while (pool.busy >= 2) await clock.sleep(10);
      pool.busy += 1;
      const asked = findAddresses(name, { ask, clock });
      void Promise.race([asked, clock.sleep(10_000)]).finally(() => (pool.busy -= 1));
      const found = await asked;`,
    breaks: 'others-wait',
    seed: 61,
    shape: ['--agents', '8', '--shards', '1'],
  },
];

/** Where its seed finds a fault no longer, since histories have changed, so many others are played. */
const MAX_SEEDS = 300;
const AT_ONCE = 20;

function putInto({ file, from, to }: Mutant): Plugin {
  return {
    name: 'mutant',
    setup: (bundling) =>
      bundling.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== resolve(file)) return undefined;
        const source = await readFile(path, 'utf8');
        const pieces = source.split(from);
        if (pieces.length !== 2)
          throw new Error(`${file} has ${JSON.stringify(from)} ${pieces.length - 1} times`);
        return { contents: pieces.join(to), loader: 'ts' };
      }),
  };
}

let dir = '';
beforeAll(async () => {
  // Inside of the repository, so that packages are found.
  dir = await mkdtemp(resolve('dist', 'mutants-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function bundled(mutant: Mutant): Promise<string> {
  const outfile = join(dir, `${MUTANTS.indexOf(mutant)}.mjs`);
  await build({
    entryPoints: ['simulation/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    plugins: [putInto(mutant)],
  });
  return outfile;
}

/** What the simulation says of some seeds. */
async function play(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await resultOf(spawn(process.execPath, [program, ...args, '--no-shrink']), '');
  return stdout;
}

/** The first seeds by which a history breaks the rule: the one that is known, or the first of those that find it. */
async function firstSeed(program: string, { breaks, seed, shape = [] }: Mutant): Promise<number> {
  const isScan = process.env['SCAN_SEEDS'] !== undefined;
  const ranges = Array.from({ length: MAX_SEEDS / AT_ONCE }, (_, at) => [
    at * AT_ONCE + 1,
    (at + 1) * AT_ONCE,
  ]);
  for (const [from = 0, to = 0] of isScan ? ranges : [[seed, seed], ...ranges]) {
    const found = (await play(program, ['--seeds', `${from}..${to}`, ...shape]))
      .split('\n\n')
      .filter((history) => history.includes(`${breaks}: `))
      .map((history) => Number(/^Seed (\d+)/m.exec(history)?.[1]));
    if (found.length > 0) return Math.min(...found);
  }
  return Number.POSITIVE_INFINITY;
}

describe('the simulation finds out', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'that %s',
    { timeout: 600_000 },
    async (_, mutant) => {
      const first = await firstSeed(await bundled(mutant), mutant);

      if (process.env['SCAN_SEEDS'] !== undefined) process.stderr.write(`| ${mutant.name} | ${first} |\n`);
      expect(first, `by a history that breaks ${mutant.breaks}`).toBeLessThan(Number.POSITIVE_INFINITY);
    },
  );
});
