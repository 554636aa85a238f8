import type { Bench } from '../kit/bench.ts';
import { chartOf } from '../kit/chart.ts';
import type { TopicResult } from '../kit/figures.ts';
import { agentGrowth } from './agent-growth.ts';
import { lengthGrowth, lineGrowth } from './shipper-growth.ts';

/** How cost grows: with the number of lines and their length in the shipper, with the agents of a batch in a function. */
export async function benchGrowth(bench: Bench): Promise<TopicResult> {
  const parts = [await lineGrowth(bench), await lengthGrowth(bench), ...(await agentGrowth(bench))];
  return {
    topic: 'growth',
    figures: parts.flatMap(({ figures }) => figures),
    chart: chartOf(parts.map(({ panel }) => panel)),
  };
}
