import { jsonErrorBody, jsonService } from '../../../local/aws/json-protocol.ts';
import { type HttpServer, startHttpServer } from '../../../local/aws/server.ts';
import { createFaults } from '../../../receivers/kit/faults.ts';

export interface FakeAlarm {
  readonly AlarmName: string;
  readonly StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly AlarmDescription?: string;
}

export interface FakeCloudWatchOptions {
  readonly alarms?: readonly FakeAlarm[];
  /** Iterator age in ms by function name, newest first. */
  readonly ages?: Readonly<Record<string, readonly number[]>>;
}

interface Query {
  readonly Id: string;
  readonly MetricStat: { readonly Metric: { readonly Dimensions: readonly { readonly Value: string }[] } };
}

/** CloudWatch's DescribeAlarms and GetMetricData for the real SDK; two alarms to a page. */
export async function startFakeCloudWatch({
  alarms = [],
  ages = {},
}: FakeCloudWatchOptions): Promise<HttpServer> {
  const handle = jsonService('GraniteServiceVersion20100801', {
    DescribeAlarms: (input) => {
      const { AlarmNamePrefix, NextToken = '0' } = input as { AlarmNamePrefix: string; NextToken?: string };
      const found = alarms.filter(({ AlarmName }) => AlarmName.startsWith(AlarmNamePrefix));
      const end = Number(NextToken) + 2;
      const page = found.slice(Number(NextToken), end);
      return { MetricAlarms: page, ...(found.length > end && { NextToken: String(end) }) };
    },
    GetMetricData: (input) => ({
      MetricDataResults: (input as { MetricDataQueries: readonly Query[] }).MetricDataQueries.map(
        ({ Id, MetricStat }) => ({
          Id,
          Values: ages[MetricStat.Metric.Dimensions[0]?.Value ?? ''] ?? [],
          StatusCode: 'Complete',
        }),
      ),
    }),
  });
  return startHttpServer({ handle, faults: createFaults(), errorBody: jsonErrorBody });
}
