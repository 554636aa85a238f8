import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricOwner } from './alarm-table.ts';

/** What the names of a drain's metrics hang on. */
export interface MetricContext {
  readonly stackName: string;
  readonly streamName: string;
  /** Whose account the stream's metrics are in, if not this one. */
  readonly streamAccount: string | undefined;
  readonly redriveName: string;
  /** Undefined for metrics that are not of one destination. */
  readonly destination?: { readonly id: string; readonly functionName: string; readonly mappingId: string };
}

interface Source {
  readonly namespace: string;
  readonly dimensionsMap: Record<string, string>;
  readonly account?: string;
}

function sourceOf(context: MetricContext, of: MetricOwner): Source {
  const { stackName, streamName, streamAccount, redriveName, destination } = context;
  const sources: Readonly<Record<MetricOwner, Source>> = {
    destination: {
      namespace: 'LogDrain',
      dimensionsMap: { Stack: stackName, Destination: destination?.id ?? '' },
    },
    function: { namespace: 'AWS/Lambda', dimensionsMap: { FunctionName: destination?.functionName ?? '' } },
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
    mapping: {
      namespace: 'AWS/Lambda',
      dimensionsMap: { EventSourceMappingUUID: destination?.mappingId ?? '' },
    },
    redrive: { namespace: 'AWS/Lambda', dimensionsMap: { FunctionName: redriveName } },
    stream: {
      namespace: 'AWS/Kinesis',
      dimensionsMap: { StreamName: streamName },
      ...(streamAccount === undefined ? {} : { account: streamAccount }),
    },
  };
  return sources[of];
}

/** A metric of a drain, by the minute. */
export function metricOf(
  context: MetricContext,
  of: MetricOwner,
  { name, statistic }: { readonly name: string; readonly statistic: string },
): Metric {
  return new Metric({
    ...sourceOf(context, of),
    metricName: name,
    statistic,
    period: Duration.minutes(1),
  });
}
