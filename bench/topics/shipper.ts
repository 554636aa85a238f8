import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CODEC } from '../../shared/record/encode.ts';
import type { Bench } from '../kit/bench.ts';
import { openBlackHole } from '../kit/black-holes.ts';
import type { Figure, TopicResult } from '../kit/figures.ts';
import { measureTree, type TreeUsage } from '../kit/process-tree.ts';
import { expectAllTaken, shipperRun } from '../kit/shipper-at-work.ts';
import { benchBurst } from './burst.ts';
import { benchTee } from './tee.ts';

const PIPE = 'bare Node, pipe read';
const COMPRESS = `bare Node, pipe read and ${CODEC}`;
const SHIPPER = `shipper, ${CODEC}`;

const MILLION = 1_000_000;

/** From an agent's pipe to accepted PutRecords, against reading the same pipe, and reading and compressing; and the copy. */
export async function benchShipper(bench: Bench): Promise<TopicResult> {
  const { workshop, corpus, options } = bench;
  const { lines, runs } = options;
  const kinesis = await openBlackHole(workshop, { kind: 'kinesis' });
  try {
    const summaryFile = join(workshop.dir, 'summary.json');
    const compressedFile = join(workshop.dir, 'compressed');
    const agent = ['cat', corpus.path];
    const flags = ['--no-tee', '--when-full', 'block', '--summary-file', summaryFile];
    const { command, env } = shipperRun(workshop, kinesis, { agent, flags });
    const usages: Record<string, TreeUsage[]> = { [PIPE]: [], [COMPRESS]: [], [SHIPPER]: [] };
    const wire: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      usages[PIPE]?.push(await measureTree([process.execPath, workshop.program('read-pipe'), ...agent]));
      const compress = [workshop.program('compress-pipe'), compressedFile, ...agent];
      usages[COMPRESS]?.push(await measureTree([process.execPath, ...compress]));
      const compressedBytes = Number(await readFile(compressedFile, 'utf8'));
      await kinesis.swallowed();
      usages[SHIPPER]?.push(await measureTree(command, { env }));
      await expectAllTaken(summaryFile, lines);
      wire.push((await kinesis.swallowed()).bytes / compressedBytes);
    }
    return {
      topic: 'shipper',
      figures: [
        ...Object.entries(usages).flatMap(([name, ofRuns]) => figuresOf(name, ofRuns, lines)),
        {
          name: 'request bodies over the compressed size of 1 MiB blocks',
          unit: '×',
          values: wire,
          goal: '≤ 1.40',
        },
        ...(await benchTee(bench)),
        ...(await benchBurst(bench)),
      ],
    };
  } finally {
    await kinesis.close();
  }
}

function figuresOf(name: string, usages: readonly TreeUsage[], lines: number): readonly Figure[] {
  const own = name === SHIPPER;
  const rateGoal = CODEC === 'zstd' ? '≥ 700,000' : '≥ 400,000';
  const rate = {
    name: `${name}: rate`,
    unit: 'lines/s',
    values: usages.map(({ wallMs }) => (lines / wallMs) * 1000),
    ...(own ? { goal: rateGoal, floor: `${COMPRESS}: rate` } : {}),
  };
  const cpu = {
    name: `${name}: CPU of a million lines`,
    unit: 's',
    values: usages.map(({ cpuMs }) => (cpuMs / 1000 / lines) * MILLION),
    ...(own ? { floor: `${COMPRESS}: CPU of a million lines` } : {}),
    ...(own && CODEC === 'zstd' ? { goal: '≤ 1.8' } : {}),
  };
  return [rate, cpu];
}
