import { z } from 'zod';
import { createEmfCollector, type EmfCollector } from '../../local/function/emf.ts';
import type { HostedFunction } from '../../local/function/function.ts';
import type { Kinesis } from '../../local/kinesis/kinesis.ts';
import type { Mapping } from '../../local/mapping/mapping.ts';
import type { ValueOf } from './alarm-state.ts';

/** A metric line under the names by which the alarms find it: the namespace, and these dimensions alone. */
const ofDestination = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.tuple([
      z.object({
        Namespace: z.literal('LogDrain'),
        Dimensions: z.tuple([z.tuple([z.literal('Stack'), z.literal('Destination')])]),
      }),
    ]),
  }),
  Stack: z.string(),
  Destination: z.string(),
});

function parseMetrics(line: string): unknown {
  return line.includes('"CloudWatchMetrics"') ? JSON.parse(line) : undefined;
}

/** Sorts functions' metric lines by destination; those under other names are not seen, as in CloudWatch. */
export function createCollectors(drain: string | undefined) {
  const collectors = new Map<string, EmfCollector>();

  function of(destination: string): EmfCollector {
    const collector = collectors.get(destination) ?? createEmfCollector();
    collectors.set(destination, collector);
    return collector;
  }

  function onStdout(line: string): void {
    const { data } = ofDestination.safeParse(parseMetrics(line));
    if (data !== undefined && data.Stack === drain) of(data.Destination).line(line);
  }

  return { of, onStdout };
}

/** What there is to see of a destination and of what it shares with others. */
export interface Observed {
  readonly kinesis: Kinesis['counters'];
  readonly hosted: HostedFunction['counters'] | undefined;
  readonly mapping: Mapping['counters'] | undefined;
  readonly ours: EmfCollector;
  readonly redriveErrors: number;
}

/** The metrics by their names in CloudWatch; AWS reports nothing of what did not happen. */
export function valuesIn({ kinesis, hosted, mapping, ours, redriveErrors }: Observed): ValueOf {
  const ofAws: Readonly<Record<string, number | undefined>> = {
    'stream IncomingRecords': kinesis.records,
    'stream WriteProvisionedThroughputExceeded': kinesis.failedRecords,
    'function Invocations': hosted?.invocations,
    'function Errors': mapping?.errors,
    'function Throttles': mapping?.throttles,
    'function IteratorAge': mapping?.maxIteratorAgeMs,
    'mapping InvokedEventCount': mapping?.recordsInvoked,
    'redrive Errors': redriveErrors,
  };
  return ({ of, name, statistic }) => {
    if (of === 'destination') {
      const { count, sum, max } = ours.metric(name);
      if (count === 0) return undefined;
      return statistic === 'Sum' ? sum : max;
    }
    const key = `${of} ${name}`;
    if (!(key in ofAws)) throw new Error(`nothing here stands for the metric ${key}`);
    return ofAws[key] === 0 ? undefined : ofAws[key];
  };
}
