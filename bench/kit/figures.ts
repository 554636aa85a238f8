import type { Topic } from './options.ts';

/** One measured quantity, in all runs. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** What issue or reader expects: `≥ 220,000`. */
  readonly goal?: string;
  /** The floor of the same run that it is held against. */
  readonly floor?: string;
}

/** What one benchmark found. */
export interface TopicResult {
  readonly topic: Topic;
  readonly figures: readonly Figure[];
  /** SVG, for beside the page. */
  readonly chart?: string;
}

/** A figure as it is reported. */
export interface Report extends Omit<Figure, 'values'> {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Median over the floor's median. */
  readonly ratio?: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which the share `q` of all lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Medians with spread, and ratios to the floors among the same figures. */
export function reportsOf(figures: readonly Figure[]): readonly Report[] {
  const medians = new Map(figures.map(({ name, values }) => [name, median(values)]));
  return figures.map(({ values, ...figure }) => {
    const floor = figure.floor === undefined ? undefined : medians.get(figure.floor);
    const own = median(values);
    return {
      ...figure,
      median: own,
      min: Math.min(...values),
      max: Math.max(...values),
      ...(floor === undefined ? {} : { ratio: own / floor }),
    };
  });
}

/** A table in Markdown. */
export function tableOf(reports: readonly Report[]): string {
  const rows = reports.map(({ name, unit, median: middle, min, max, ratio, floor, goal }) => [
    name,
    `${format(middle)} ${unit}`,
    `${format(min)} – ${format(max)}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} × ${floor}`,
    goal ?? '',
  ]);
  const all = [
    ['', 'median', 'spread', 'against a floor', 'goal'],
    ['---', '---:', '---:', '---', '---'],
    ...rows,
  ];
  return all.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function format(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
