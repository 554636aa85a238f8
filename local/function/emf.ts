/** Metrics out of a function's log lines (CloudWatch embedded metric format specification). */
import { z } from 'zod';

interface MetricSum {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface EmfCollector {
  /** Takes a line; false if it holds no metrics. */
  readonly line: (line: string) => boolean;
  /** By metric name, all namespaces and dimensions together; zeros if it was never seen. */
  readonly metric: (name: string) => MetricSum;
  /** Sums by metric name. */
  readonly sums: () => Readonly<Record<string, number>>;
}

const envelope = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) })),
  }),
});
const values = z.union([z.number(), z.array(z.number())]);
const NEVER_SEEN: MetricSum = { count: 0, sum: 0, min: 0, max: 0 };

export function createEmfCollector(): EmfCollector {
  const metrics = new Map<string, MetricSum>();

  function add(name: string, value: number): void {
    const before = metrics.get(name);
    metrics.set(name, {
      count: (before?.count ?? 0) + 1,
      sum: (before?.sum ?? 0) + value,
      min: Math.min(before?.min ?? value, value),
      max: Math.max(before?.max ?? value, value),
    });
  }

  return {
    line: (line) => {
      const parsed = envelope.safeParse(parseJson(line));
      if (!parsed.success) return false;
      const names = parsed.data['_aws'].CloudWatchMetrics.flatMap(({ Metrics }) =>
        Metrics.map(({ Name }) => Name),
      );
      for (const name of new Set(names)) {
        const found = values.safeParse(parsed.data[name]);
        if (found.success) for (const value of [found.data].flat()) add(name, value);
      }
      return true;
    },
    metric: (name) => metrics.get(name) ?? NEVER_SEEN,
    sums: () => Object.fromEntries([...metrics].map(([name, { sum }]) => [name, sum])),
  };
}

function parseJson(line: string): unknown {
  if (!line.includes('"CloudWatchMetrics"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
