import { strict as assert } from 'node:assert';
import type { AcceptedEvent } from '../../receivers/kit/receiver.ts';
import type { Outcome } from '../stage/fault.ts';

/** How long lines took from the write to their acceptance. */
export interface Latencies {
  /** Whether an agent's lines are looked at. */
  readonly counts: (agent: string) => boolean;
  readonly add: (event: AcceptedEvent) => void;
  /** Agents of which a line was accepted. */
  readonly agents: () => number;
  /** 99th percentile of lines that were written in a time (epoch ms), in ms; throws if there are none. */
  readonly p99: (fromMs: number, toMs: number) => number;
}

/** Of the agents that count. */
export function createLatencies(counts: (agent: string) => boolean): Latencies {
  const agents = new Set<string>();
  const seen: { readonly writtenMs: number; readonly latencyMs: number }[] = [];
  return {
    counts,
    add: ({ agent, timeMs, acceptedMs }) => {
      if (timeMs === undefined || !counts(agent)) return;
      agents.add(agent);
      seen.push({ writtenMs: timeMs, latencyMs: acceptedMs - timeMs });
    },
    agents: () => agents.size,
    p99: (fromMs, toMs) => {
      const sorted = seen
        .filter(({ writtenMs }) => writtenMs >= fromMs && writtenMs < toMs)
        .map(({ latencyMs }) => latencyMs)
        .sort((a, b) => a - b);
      const at = sorted[Math.ceil(sorted.length * 0.99) - 1];
      if (at === undefined) throw new Error('no line was accepted of those written in that time');
      return at;
    },
  };
}

interface Compared {
  readonly quiet: Latencies;
  readonly broken: Latencies;
}

/**
 * The 99th percentiles of lines that were written in a time, without and with something broken. Throws if the second is
 * more than twice the first, in all of the time or in its last third: lag must not grow.
 */
export function quickness(
  { quiet, broken }: Compared,
  fromMs: number,
  toMs: number,
): NonNullable<Outcome['p99Ms']> {
  const lastThirdMs = toMs - (toMs - fromMs) / 3;
  const p99 = (since: number) => ({ quiet: quiet.p99(since, toMs), broken: broken.p99(since, toMs) });
  for (const figures of [p99(fromMs), p99(lastThirdMs)]) {
    const words = `p99 of the others: ${figures.quiet} ms in a quiet run, ${figures.broken} ms`;
    assert.ok(figures.broken <= 2 * figures.quiet, words);
  }
  return p99(fromMs);
}
