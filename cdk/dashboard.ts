import { Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { MetricOwner } from './alarm-table.ts';
import type { Manifest } from './config.ts';
import { type MetricContext, metricOf } from './metrics.ts';

const FULL_WIDTH = 24;
const HEIGHT = 6;

/** A metric of a graph: whose it is, its name, the statistic where that is not a sum, and what to call it. */
type Series = readonly [of: MetricOwner, name: string, statistic?: string, label?: string];

interface Graph {
  readonly title: string;
  readonly left: readonly Series[];
  readonly right?: readonly Series[];
}

/** The questions that a destination's row answers, in order. */
const DESTINATION_GRAPHS: readonly Graph[] = [
  {
    title: 'is it delivering? (lines a minute)',
    left: [
      ['destination', 'LinesReceived'],
      ['destination', 'LinesDelivered'],
    ],
  },
  {
    title: 'how late? (ms)',
    left: [
      ['destination', 'DeliveryLatency', 'p50', 'read by the shipper → accepted, median'],
      ['destination', 'DeliveryLatency', 'p99', 'slowest 1 %'],
      ['function', 'IteratorAge', 'Maximum', 'age when read from the stream'],
    ],
  },
  {
    title: 'what is put aside? (lines)',
    left: [
      ['destination', 'LinesParked'],
      ['destination', 'LinesRejected'],
      ['destination', 'LinesMisconfigured'],
      ['destination', 'LinesUnreadable'],
      ['destination', 'LinesSkipped'],
    ],
    right: [['destination', 'OldestParked', 'Maximum', 'oldest parked object (s)']],
  },
  {
    title: 'what fails? (requests, runs)',
    left: [
      ['destination', 'Attempts'],
      ['destination', 'AttemptsFailed'],
    ],
    right: [
      ['function', 'Errors'],
      ['function', 'Throttles'],
      ['destination', 'OnFailureObjects'],
    ],
  },
];

const STREAM_GRAPHS: readonly Graph[] = [
  {
    title: 'Stream: what comes in (records)',
    left: [['stream', 'IncomingRecords']],
    right: [['stream', 'IncomingBytes']],
  },
  {
    title: 'Stream: what is held back (records, reads)',
    left: [
      ['stream', 'WriteProvisionedThroughputExceeded'],
      ['stream', 'ReadProvisionedThroughputExceeded'],
    ],
  },
  {
    title: 'Redrive',
    left: [
      ['redrive', 'Invocations'],
      ['redrive', 'Errors'],
    ],
    right: [['redrive', 'Duration', 'Maximum', 'longest run (ms)']],
  },
];

/** Every outcome that is not delivery is one structured log line with agent and reason. */
const WHO_AND_WHY = [
  'filter ispresent(agent) or ispresent(reason)',
  'stats count(*) as times, sum(lines) as lines_held, max(@timestamp) as last by destination, agent, message, reason',
  'sort last desc',
  'limit 50',
];

function graphs(
  rows: readonly Graph[],
  context: MetricContext,
  titled: (title: string) => string,
): IWidget[] {
  const metricsOf = (series: readonly Series[]) =>
    series.map(([of, name, statistic = 'Sum', label = name]) =>
      metricOf(context, of, { name, statistic }).with({ label }),
    );
  return rows.map(
    ({ title, left, right }) =>
      new GraphWidget({
        title: titled(title),
        left: metricsOf(left),
        ...(right === undefined ? {} : { right: metricsOf(right) }),
        leftYAxis: { min: 0 },
        rightYAxis: { min: 0 },
        width: FULL_WIDTH / rows.length,
        height: HEIGHT,
      }),
  );
}

export interface DashboardOptions {
  readonly alarms: readonly Alarm[];
  readonly logGroupNames: readonly string[];
  /** One row each. */
  readonly destinations: readonly { readonly manifest: Manifest; readonly context: MetricContext }[];
  readonly context: MetricContext;
}

/** One page that tells at a glance: is each drain delivering, how late, what is parked, what failed, whose and why. */
export function createDashboard(scope: Construct, options: DashboardOptions): Dashboard {
  const { alarms, logGroupNames, destinations, context } = options;
  const dashboard = new Dashboard(scope, 'Dashboard', {
    // Dashboards are not of a region but of the account.
    dashboardName: `${context.stackName}-${Stack.of(scope).region}`,
  });
  dashboard.addWidgets(
    new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: FULL_WIDTH, height: HEIGHT }),
  );
  for (const { manifest, context: own } of destinations) {
    dashboard.addWidgets(new TextWidget({ markdown: `## ${manifest.title}`, width: FULL_WIDTH, height: 1 }));
    dashboard.addWidgets(...graphs(DESTINATION_GRAPHS, own, (title) => `${manifest.id}: ${title}`));
  }
  dashboard.addWidgets(
    new LogQueryWidget({
      title: 'Which agents have trouble, and why',
      logGroupNames: [...logGroupNames],
      queryLines: [...WHO_AND_WHY],
      view: LogQueryVisualizationType.TABLE,
      width: FULL_WIDTH,
      height: HEIGHT + 2,
    }),
  );
  dashboard.addWidgets(...graphs(STREAM_GRAPHS, context, (title) => title));
  return dashboard;
}
