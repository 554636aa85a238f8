import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withBench } from '../../bench/kit/bench.ts';
import { chartOf } from '../../bench/kit/chart.ts';
import { createCorpus } from '../../bench/kit/corpus.ts';
import { median, quantile, reportsOf } from '../../bench/kit/figures.ts';
import { type BenchOptions, parseOptions } from '../../bench/kit/options.ts';
import { replaceTable } from '../../bench/kit/page.ts';
import { benchFunctions } from '../../bench/topics/functions.ts';
import { benchGrowth } from '../../bench/topics/growth.ts';
import { benchLatency } from '../../bench/topics/latency.ts';
import { benchMemory } from '../../bench/topics/memory.ts';
import { benchShipper } from '../../bench/topics/shipper.ts';
import { benchStart } from '../../bench/topics/start.ts';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { buildCli, buildLambdas } from '../../scripts/bundles.ts';

// What a figure comes to is never tested here, only that each benchmark runs and measures what it says.
const SMALL: BenchOptions = { ...parseOptions([]), lines: 500, runs: 1, seconds: 1 };

describe('the corpus', () => {
  it('is the same each time, of JSON lines that are about 240 bytes long on average', () => {
    const [one, other] = [createCorpus(), createCorpus()];

    const lines = Array.from({ length: 5_000 }, () => one());
    const again = Array.from({ length: 5_000 }, () => other());

    expect(again).toEqual(lines);
    expect(Buffer.byteLength(lines.join('')) / lines.length).toBeCloseTo(240, -1);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('level');
  });
});

describe('the figures', () => {
  it('are medians with their spread, and ratios to the median of their floor', () => {
    const figures = [
      { name: 'floor', unit: 's', values: [4, 1, 2] },
      { name: 'own', unit: 's', values: [3, 5], floor: 'floor' },
    ];

    const [, own] = reportsOf(figures);

    expect(own).toMatchObject({ median: 4, min: 3, max: 5, ratio: 2 });
    expect(median([])).toBeNaN();
    expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
  });

  it('are drawn on logarithmic scales, over whole powers of ten', () => {
    const points = [
      [1_000, 5],
      [100_000, 50],
    ] as const;

    const svg = chartOf([{ title: 'Shipper', xLabel: 'lines', yLabel: 'ms', points }]);

    const ticks = [...svg.matchAll(/>([\d.]+[KM]?)</g)].map(([, tick]) => tick);
    expect(ticks).toEqual(['1', '10', '100', '1K', '10K', '100K']);
    expect(svg).toContain('<polyline points="56,');
  });

  it('replace a table of a page, and no other', () => {
    const page = 'a\n<!-- bench: x -->\nold\n<!-- end -->\nb\n<!-- bench: y -->\nkept\n<!-- end -->\n';
    const machine = { node: 'v24.0.0', cores: 2, loadBefore: 0, loadAfter: 0 };

    const next = replaceTable(page, 'x', {
      setting: { lines: 1, bytes: 1, runs: 1, machine },
      table: '| new |',
    });

    expect(next).toContain('<!-- bench: x -->\n| new |\n');
    expect(next).not.toContain('old');
    expect(next).toContain('kept');
    expect(() =>
      replaceTable(page, 'z', { setting: { lines: 1, bytes: 1, runs: 1, machine }, table: '' }),
    ).toThrow('bench: z');
  });
});

describe('the command line', () => {
  it('refuses what it does not know', () => {
    expect(() => parseOptions(['lambda'])).toThrow('no benchmark "lambda"');
    expect(() => parseOptions(['--lines', '0'])).toThrow('--lines must be a whole number');
  });
});

describe('a benchmark of a few lines', () => {
  let dist = '';
  beforeAll(async () => {
    dist = await mkdtemp(join(tmpdir(), 'log-drain-bench-test-'));
    await Promise.all([buildCli(dist), buildLambdas(dist)]);
  });
  afterAll(() => rm(dist, { recursive: true, force: true }));

  it('measures the shipper and its floors', async () => {
    const { figures } = await withBench(dist, SMALL, benchShipper);

    expect(figures).toHaveLength(9);
    for (const { values } of figures) expect(values).toEqual([expect.any(Number)]);
  });

  it('times the start of an agent, past the shipper and through it', async () => {
    const { figures } = await withBench(dist, SMALL, benchStart);

    expect(figures.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('agent started'),
        expect.stringContaining('first word'),
      ]),
    );
    for (const { values } of figures) expect(values).toEqual([expect.any(Number)]);
  });

  it('follows cost as it grows, and draws it', async () => {
    const { figures, chart } = await withBench(dist, { ...SMALL, lines: 100 }, benchGrowth);

    for (const { values } of figures) expect(values).toEqual([expect.any(Number)]);
    expect(chart?.match(/<polyline/g)).toHaveLength(4);
    expect(chart).not.toContain('NaN');
  });

  it('measures the function of each destination', async () => {
    const { figures } = await withBench(dist, SMALL, benchFunctions);

    expect(figures.map(({ name }) => name)).toEqual(
      expect.arrayContaining(MANIFESTS.map(({ id }) => id as string)),
    );
    for (const { values } of figures) expect(values[0]).toBeGreaterThan(0);
  });

  it('looks at what shipper and functions hold', { timeout: 240_000 }, async () => {
    const { figures } = await withBench(dist, SMALL, benchMemory);

    expect(figures).toHaveLength(2 + 9 * MANIFESTS.length);
    for (const { values } of figures) expect(values[0]).toBeGreaterThan(0);
  });

  it('follows each line on its way', async () => {
    const { figures } = await withBench(dist, SMALL, benchLatency);

    for (const { values } of figures) expect(values[0]).toBeGreaterThanOrEqual(0);
  });
});
