import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../kit/bench.ts';
import { type BlackHole, openBlackHole } from '../kit/black-holes.ts';
import type { Figure } from '../kit/figures.ts';
import { shipperRun } from '../kit/shipper-at-work.ts';

const CAT = 'agent at full speed, through cat';
const TEE = 'agent at full speed, through the shipper and its copy';

/** How fast an agent can log when its output is copied to ours, against when `cat` does that. */
export async function benchTee(bench: Bench): Promise<readonly Figure[]> {
  // Kinesis is on other machines: what stands for it here is not to take CPU from the agent.
  const kinesis = await openBlackHole(bench.workshop, { kind: 'kinesis', nice: 19 });
  try {
    return await compare(bench, kinesis);
  } finally {
    await kinesis.close();
  }
}

async function compare({ workshop, corpus, options }: Bench, kinesis: BlackHole): Promise<readonly Figure[]> {
  const { lines, runs } = options;
  const result = join(workshop.dir, 'agent-took');
  const agent = [
    process.execPath,
    workshop.program('full-speed-agent'),
    result,
    corpus.path,
    String(lines),
  ] as const;
  const { command, env } = shipperRun(workshop, kinesis, { agent, flags: [] });
  const rate = async (pipe: string, program: readonly string[]): Promise<number> => {
    const shell = spawn('sh', ['-c', pipe, 'sh', ...program], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(shell, 'exit');
    if (code !== 0) throw new Error(`the agent's pipe ended with ${code}`);
    return (lines / Number(await readFile(result, 'utf8'))) * 1000;
  };
  const cat: number[] = [];
  const tee: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    cat.push(await rate('"$@" | cat | cat > /dev/null', agent));
    tee.push(await rate('"$@" | cat > /dev/null', command));
  }
  return [
    { name: CAT, unit: 'lines/s', values: cat },
    { name: TEE, unit: 'lines/s', values: tee, floor: CAT, goal: '≥ 0.95 × cat' },
  ];
}
