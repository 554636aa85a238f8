import { runInNewContext } from 'node:vm';
import type { AlarmRow } from '../../cdk/alarm-table.ts';

export type MetricRow = AlarmRow['metrics'][string];

/** A metric's value in a run, taken as one period; undefined if nothing was reported. */
export type ValueOf = (metric: MetricRow) => number | undefined;

/** Whether a row's threshold is crossed by a run, taken as one period. */
export function isCrossed(row: AlarmRow, valueOf: ValueOf): boolean {
  const value = watchedValue(row, valueOf);
  if (value === undefined) return row.missing === 'breaching';
  if (row.breaches === 'below') return value < row.threshold;
  return row.breaches === 'above' ? value > row.threshold : value >= row.threshold;
}

function watchedValue({ id, metrics, expression }: AlarmRow, valueOf: ValueOf): number | undefined {
  const values = Object.entries(metrics).map(([name, metric]) => [name, valueOf(metric)] as const);
  if (expression !== undefined) return calculated(expression, Object.fromEntries(values));
  const [only, ...others] = values;
  if (only === undefined || others.length > 0) throw new Error(`${id} must watch one metric`);
  return only[1];
}

/**
 * What of CloudWatch's metric math the alarms use. A metric without data gives no result but inside FILL:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
function calculated(
  expression: string,
  values: Readonly<Record<string, number | undefined>>,
): number | undefined {
  const functions = {
    IF: (condition: boolean, yes: number, no: number) => (condition ? yes : no),
    FILL: (value: number | undefined, filling: number) => value ?? filling,
  };
  const outsideFill = expression.replaceAll(/FILL\(\w+,/g, '');
  const isMissing = ([name, value]: readonly [string, number | undefined]): boolean =>
    value === undefined && new RegExp(`\\b${name}\\b`).test(outsideFill);
  if (Object.entries(values).some(isMissing)) return undefined;
  return Number(runInNewContext(expression.replaceAll(' AND ', ' && '), { ...functions, ...values }));
}
