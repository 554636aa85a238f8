import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Summary } from '../../shipper/summary.ts';
import type { Bench } from '../kit/bench.ts';
import { openBlackHole } from '../kit/black-holes.ts';
import type { Figure } from '../kit/figures.ts';
import { shipperRun } from '../kit/shipper-at-work.ts';

/** Of the corpus, one after the other. */
const TIMES = 5;
const MILLION = 1_000_000;

const REPEAT = 'i=0; while [ $i -lt "$1" ]; do cat "$2"; i=$((i + 1)); done';

/** What five times the corpus at once loses in the default setting, with a copy that is read as fast as it comes. */
export async function benchBurst({ workshop, corpus, options }: Bench): Promise<readonly Figure[]> {
  const kinesis = await openBlackHole(workshop, { kind: 'kinesis' });
  const summaryFile = join(workshop.dir, 'burst-summary.json');
  const countFile = join(workshop.dir, 'burst-copied');
  const agent = ['sh', '-c', REPEAT, 'sh', String(TIMES), corpus.path];
  const { command, env } = shipperRun(workshop, kinesis, { agent, flags: ['--summary-file', summaryFile] });
  const lines = TIMES * options.lines;
  const bytes = TIMES * (await stat(corpus.path)).size;
  const [rate, dropped, missing]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let run = 0; run < options.runs; run += 1) {
      const started = performance.now();
      const shell = spawn('sh', ['-c', '"$@" | wc -c > "$0"', countFile, ...command], {
        env,
        stdio: 'ignore',
      });
      await once(shell, 'exit');
      rate.push((lines / (performance.now() - started)) * 1000);
      const summary = JSON.parse(await readFile(summaryFile, 'utf8')) as Summary;
      if (summary.lines.stdout !== lines) throw new Error(`the shipper read ${summary.lines.stdout} lines`);
      dropped.push(summary.dropped + summary.unsent);
      missing.push(bytes - Number(await readFile(countFile, 'utf8')));
    }
  } finally {
    await kinesis.close();
  }
  const name = `burst of ${lines / MILLION} million lines with its copy`;
  return [
    { name: `${name}: rate`, unit: 'lines/s', values: rate },
    { name: `${name}: lines dropped or not sent`, unit: 'lines', values: dropped, goal: '0' },
    { name: `${name}: missing in the copy`, unit: 'bytes', values: missing, goal: '0' },
  ];
}
