import { describe, expect, it } from 'vitest';
import { withBench } from '../../bench/kit/bench.ts';
import { type BenchOptions, parseOptions } from '../../bench/kit/options.ts';
import { benchFunctions } from '../../bench/topics/functions.ts';
import { benchGrowth } from '../../bench/topics/growth.ts';
import { benchLatency } from '../../bench/topics/latency.ts';
import { benchMemory } from '../../bench/topics/memory.ts';
import { benchShipper } from '../../bench/topics/shipper.ts';
import { benchStart } from '../../bench/topics/start.ts';
import { MANIFESTS } from '../../lambdas/registry.ts';

// What a figure comes to is never tested here, only that each benchmark runs and measures what it says.
const SMALL: BenchOptions = { ...parseOptions([]), lines: 500, runs: 1, seconds: 1 };
const DIST = 'dist';

describe('a benchmark of a few lines', () => {
  it('measures the shipper and its floors', async () => {
    const { figures } = await withBench(DIST, SMALL, benchShipper);

    expect(figures).toHaveLength(12);
    for (const { values } of figures) expect(values).toEqual([expect.any(Number)]);
  });

  it('times the start of an agent, past the shipper and through it', async () => {
    const { figures } = await withBench(DIST, SMALL, benchStart);

    expect(figures.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('agent started'),
        expect.stringContaining('first word'),
      ]),
    );
    for (const { values } of figures) expect(values).toEqual([expect.any(Number)]);
  });

  it('follows cost as it grows, and draws it', async () => {
    const { figures, chart } = await withBench(DIST, { ...SMALL, lines: 100 }, benchGrowth);

    for (const { values } of figures) expect(values).toEqual([expect.any(Number)]);
    expect(chart?.match(/<polyline/g)).toHaveLength(4);
    expect(chart).not.toContain('NaN');
  });

  it('measures the function of each destination', async () => {
    const { figures } = await withBench(DIST, SMALL, benchFunctions);

    expect(figures.map(({ name }) => name)).toEqual(
      expect.arrayContaining(MANIFESTS.map(({ id }) => id as string)),
    );
    for (const { values } of figures) expect(values[0]).toBeGreaterThan(0);
  });

  it('looks at what shipper and functions hold', { timeout: 600_000 }, async () => {
    const { figures } = await withBench(DIST, { ...SMALL, destinations: ['syslog'] }, benchMemory);

    expect(figures).toHaveLength(2 + 9);
    for (const { values } of figures) expect(values[0]).toBeGreaterThan(0);
  });

  it('follows each line on its way', async () => {
    const { figures } = await withBench(DIST, SMALL, benchLatency);

    for (const { values } of figures) expect(values[0]).toBeGreaterThanOrEqual(0);
  });
});
