import type { Panel } from '../kit/chart.ts';
import { type Figure, median } from '../kit/figures.ts';

/** How one cost grows with one quantity. */
export interface Growth {
  readonly figures: readonly Figure[];
  readonly panel: Panel;
}

/** What a chart shows for nothing. */
const LEAST = 0.01;

/** Medians, of which those below what can be measured are drawn as the least that can be. */
export function pointsOf(figures: ReadonlyMap<number, Figure>): Panel['points'] {
  return [...figures].map(([x, { values }]) => [x, Math.max(median(values), LEAST)] as const);
}

export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
