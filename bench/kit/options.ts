import { parseArgs } from 'node:util';
import { destinationId } from '../../cli/base/destinations.ts';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';

export const TOPICS = ['shipper', 'functions', 'start', 'memory', 'latency', 'growth'] as const;
export type Topic = (typeof TOPICS)[number];

/** What `npm run bench` is asked for. */
export interface BenchOptions {
  readonly topics: readonly Topic[];
  /** Lines of the corpus. */
  readonly lines: number;
  /** Each figure is the median of so many. */
  readonly runs: number;
  /** Seconds that each rate of `latency` is held for. */
  readonly seconds: number;
  /** Whose functions `functions`, `memory` and `start` measure. */
  readonly destinations: readonly DestinationId[];
  readonly json: boolean;
  /** A page whose tables are to be replaced by what is measured, and charts beside it: `TOPIC.svg`. */
  readonly page: string | undefined;
}

const DEFAULTS = { lines: '1000000', runs: '5', seconds: '20' };

/**
 * Reads `[topic…] [--lines N] [--runs N] [--seconds N] [--destinations ID,ID] [--json] [--page FILE]`; throws an Error that
 * says what is wrong.
 */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      lines: { type: 'string', default: DEFAULTS.lines },
      runs: { type: 'string', default: DEFAULTS.runs },
      seconds: { type: 'string', default: DEFAULTS.seconds },
      destinations: { type: 'string', default: MANIFESTS.map(({ id }) => id).join(',') },
      json: { type: 'boolean', default: false },
      page: { type: 'string' },
    },
  });
  const topics = positionals.map((name) => {
    const topic = TOPICS.find((known) => known === name);
    if (topic === undefined) throw new Error(`no benchmark "${name}": there are ${TOPICS.join(', ')}`);
    return topic;
  });
  return {
    topics: topics.length === 0 ? TOPICS : topics,
    lines: wholeNumber('--lines', values.lines),
    runs: wholeNumber('--runs', values.runs),
    seconds: wholeNumber('--seconds', values.seconds),
    destinations: values.destinations.split(',').map(destinationId),
    json: values.json,
    page: values.page,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${name} must be a whole number above 0 (got "${text}")`);
}
