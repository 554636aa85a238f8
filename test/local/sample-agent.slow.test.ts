import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Step, script } from '../../local/sample-agent/script.ts';

function take(count: number): Step[] {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const steps: Step[] = [];
  for (const step of script({ now: () => 1_768_473_000_000, random })) {
    steps.push(step);
    if (steps.length === count) break;
  }
  return steps;
}

describe('the sample agent', () => {
  it('writes what voice agents write: two kinds of JSON, plain text, tracebacks on stderr', () => {
    const steps = take(2000);
    const texts = steps.map(({ text }) => text);
    const json = texts.filter((text) => text.startsWith('{')).map((text): object => JSON.parse(text));

    expect(json.filter((line) => 'timestamp' in line && 'message' in line).length).toBeGreaterThan(500);
    expect(json.filter((line) => 'time' in line && 'msg' in line).length).toBeGreaterThan(100);
    expect(texts.some((text) => text.startsWith('Traceback (most recent call last):\n'))).toBe(true);
    expect(
      steps.filter(({ text }) => text.startsWith('Traceback')).every(({ stream }) => stream === 'stderr'),
    ).toBe(true);
    expect(steps.filter(({ stream }) => stream === 'stderr').length).toBeLessThan(300);
  });

  it('writes a few lines a second', () => {
    const steps = take(1000);

    const seconds = steps.reduce((sum, { pauseMs }) => sum + pauseMs, 0) / 1000;

    expect(1000 / seconds).toBeGreaterThan(2);
    expect(1000 / seconds).toBeLessThan(6);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('runs until %s, and then ends well', async (signal) => {
    const main = new URL('../../local/sample-agent/main.ts', import.meta.url).pathname;
    const agent = spawn(process.execPath, ['--import', 'tsx', main], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    agent.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await expect.poll(() => output.split('\n').length, { timeout: 30_000 }).toBeGreaterThan(2);

    agent.kill(signal);
    const [code] = await once(agent, 'close');

    expect(code).toBe(0);
    expect(output).toMatch(/"starting worker"[^]*"worker stopped"/);
  });
});
