import { describe, expect, it } from 'vitest';
import { chartOf } from '../../bench/kit/chart.ts';
import { createCorpus } from '../../bench/kit/corpus.ts';
import { median, quantile, reportsOf } from '../../bench/kit/figures.ts';
import { parseOptions } from '../../bench/kit/options.ts';
import { replaceTable } from '../../bench/kit/page.ts';

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
    expect(() => parseOptions(['--destinations', 'splunk,datadgo'])).toThrow('"datadgo" is no destination');
  });
});
