import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AlarmRow, destinationAlarms, drainAlarms } from '../../cdk/alarm-table.ts';
import { readDrainConfig } from '../../cdk/read-config.ts';
import { MANIFESTS } from '../../lambdas/registry.ts';
import type { CountMetric } from '../../shared/telemetry/telemetry.ts';
import { type Synthesized, standInAssets, synthesize } from './synthesize.ts';

const assets = standInAssets();
afterAll(assets.remove);

const ALL = MANIFESTS.map((manifest) => manifest.id);
const everything = synthesize(assets.root, { destinations: ALL });

const METRIC = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
  AccountId: z.string().optional(),
});
const ALARM = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()),
  ComparisonOperator: z.string(),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number(),
  TreatMissingData: z.string(),
  Period: z.number().optional(),
  Statistic: z.string().optional(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: METRIC.shape.Dimensions.optional(),
  Metrics: z
    .array(
      z.object({
        Expression: z.string().optional(),
        AccountId: z.string().optional(),
        MetricStat: z.object({ Metric: METRIC, Period: z.number(), Stat: z.string() }).optional(),
      }),
    )
    .optional(),
});

function alarmsOf({ ofType }: Synthesized): ReadonlyMap<string, z.infer<typeof ALARM>> {
  const alarms = Object.values(ofType('AWS::CloudWatch::Alarm')).map(({ Properties }) =>
    ALARM.parse(Properties),
  );
  return new Map(alarms.map((alarm) => [alarm.AlarmName, alarm]));
}

const alarm = (of: Synthesized, name: string) => ALARM.parse(alarmsOf(of).get(name));

/** The rows of the table, by id. */
function rows(context: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, AlarmRow>> {
  const config = readDrainConfig({ destinations: ['datadog'], ...context });
  return Object.fromEntries(
    [...destinationAlarms(config), ...drainAlarms(config)].map((row) => [row.id, row]),
  );
}

describe('alarms', () => {
  it.each(ALL)('%s has every alarm of the table', (id) => {
    const expected = destinationAlarms(readDrainConfig({ destinations: [id] })).map(
      (row) => `log-drain-${id}-${row.id}`,
    );

    const names = [...alarmsOf(everything).keys()].filter((name) => name.startsWith(`log-drain-${id}-`));

    expect(names).toEqual(expected);
  });

  it('go to one topic, each with words on what to do', () => {
    const [topic] = Object.keys(everything.ofType('AWS::SNS::Topic'));

    for (const { AlarmActions, AlarmDescription } of alarmsOf(everything).values()) {
      expect(AlarmActions).toEqual([{ Ref: topic }]);
      expect(AlarmDescription).toMatch(/^[A-Z'].{40,1000}\.$/);
    }
  });

  it('go to the topic that is configured, and no other is made', () => {
    const topicArn = 'arn:aws:sns:eu-west-1:111122223333:on-call';
    const stack = synthesize(assets.root, { destinations: ['datadog'], alarms: { topicArn } });

    expect([...alarmsOf(stack).values()].flatMap(({ AlarmActions }) => AlarmActions)).toContain(topicArn);
    expect(stack.ofType('AWS::SNS::Topic')).toEqual({});
  });

  it('reach an e-mail address where one is configured', () => {
    const { template } = synthesize(assets.root, {
      destinations: ['datadog'],
      alarms: { email: 'on-call@example.com' },
    });

    expect(Object.values(template.findResources('AWS::SNS::Subscription'))).toMatchObject([
      { Properties: { Protocol: 'email', Endpoint: 'on-call@example.com' } },
    ]);
  });

  it('are looked at by the minute, and silence is good unless lines come in', () => {
    for (const { Period, Metrics = [], TreatMissingData } of alarmsOf(everything).values()) {
      const periods = Metrics.flatMap(({ MetricStat }) =>
        MetricStat === undefined ? [] : [MetricStat.Period],
      );
      expect(new Set([...(Period === undefined ? [] : [Period]), ...periods])).toEqual(new Set([60]));
      expect(TreatMissingData).toBe('notBreaching');
    }
  });

  it('watch the metrics that functions write, by drain and destination', () => {
    const counted: readonly CountMetric[] = [
      'AttemptsFailed',
      'Attempts',
      'LinesMisconfigured',
      'LinesParked',
    ];
    const byRedrive = ['OnFailureObjects', 'OldestParked'];

    const watched = [...alarmsOf(everything).values()]
      .flatMap(({ Namespace, MetricName, Dimensions, Metrics = [] }) => [
        { Namespace, MetricName, Dimensions },
        ...Metrics.map(({ MetricStat }) => ({ ...MetricStat?.Metric })),
      ])
      .filter(({ Namespace }) => Namespace === 'LogDrain');

    expect(new Set(watched.map(({ MetricName }) => MetricName))).toEqual(new Set([...counted, ...byRedrive]));
    for (const { Dimensions } of watched) {
      expect(Dimensions).toEqual([
        { Name: 'Destination', Value: expect.stringMatching(new RegExp(`^(${ALL.join('|')})$`)) },
        { Name: 'Stack', Value: 'log-drain' },
      ]);
    }
  });

  it('say delivery errors when a fifth of the requests and at least ten fail in 3 of 5 minutes', () => {
    const { Metrics = [], ...rest } = alarm(everything, 'log-drain-datadog-DeliveryErrors');

    expect(Metrics[0]?.Expression).toBe('IF(failed >= 10 AND failed * 100 >= 20 * attempts, 1, 0)');
    expect(rest).toMatchObject({ Threshold: 1, EvaluationPeriods: 5, DatapointsToAlarm: 3 });
  });

  it('say not running when records come in and none is handed to the function for 5 minutes', () => {
    const { Metrics = [], ...rest } = alarm(everything, 'log-drain-datadog-NotRunning');

    expect(Metrics[0]?.Expression).toBe('IF(FILL(incoming, 0) > 0 AND FILL(invoked, 0) == 0, 1, 0)');
    expect(Metrics.slice(1).map(({ MetricStat }) => MetricStat?.Metric)).toMatchObject([
      { Namespace: 'AWS/Kinesis', MetricName: 'IncomingRecords', Dimensions: [{ Name: 'StreamName' }] },
      {
        Namespace: 'AWS/Lambda',
        MetricName: 'InvokedEventCount',
        Dimensions: [
          { Name: 'EventSourceMappingUUID', Value: { Ref: expect.stringMatching(/DatadogMapping/) } },
        ],
      },
    ]);
    expect(rest).toMatchObject({ Threshold: 1, EvaluationPeriods: 5, DatapointsToAlarm: 5 });
  });

  it.each([
    [
      'datadog-LinesMisconfigured',
      { MetricName: 'LinesMisconfigured', Statistic: 'Sum', Threshold: 1, DatapointsToAlarm: 1 },
    ],
    [
      'datadog-LinesParked',
      { MetricName: 'LinesParked', Statistic: 'Sum', Threshold: 1, DatapointsToAlarm: 1 },
    ],
    [
      'datadog-Late',
      { MetricName: 'IteratorAge', Statistic: 'Maximum', Threshold: 60_000, DatapointsToAlarm: 3 },
    ],
    [
      'datadog-FunctionErrors',
      { MetricName: 'Errors', Statistic: 'Sum', Threshold: 1, DatapointsToAlarm: 1 },
    ],
    [
      'datadog-FunctionThrottles',
      { MetricName: 'Throttles', Statistic: 'Sum', Threshold: 1, DatapointsToAlarm: 3 },
    ],
    [
      'datadog-BatchesExpired',
      { MetricName: 'OnFailureObjects', Statistic: 'Sum', Threshold: 1, DatapointsToAlarm: 1 },
    ],
    [
      'datadog-ParkedTooLong',
      { MetricName: 'OldestParked', Statistic: 'Maximum', Threshold: 15 * 86_400, DatapointsToAlarm: 1 },
    ],
    [
      'WriteThrottles',
      {
        MetricName: 'WriteProvisionedThroughputExceeded',
        Statistic: 'Sum',
        Threshold: 1,
        DatapointsToAlarm: 3,
      },
    ],
    ['RedriveErrors', { MetricName: 'Errors', Statistic: 'Sum', Threshold: 1, DatapointsToAlarm: 1 }],
  ])('%s watches %o', (name, expected) => {
    const isRedrive = name.endsWith('BatchesExpired') || name.endsWith('ParkedTooLong');
    const ComparisonOperator = name.endsWith('Late')
      ? 'GreaterThanThreshold'
      : 'GreaterThanOrEqualToThreshold';

    expect(alarm(everything, `log-drain-${name}`)).toMatchObject({
      ...expected,
      ComparisonOperator,
      EvaluationPeriods: isRedrive ? 20 : 5,
    });
  });

  it('take their thresholds from the configuration', () => {
    const { DeliveryErrors, LinesMisconfigured, LinesParked, Late, ParkedTooLong } = rows({
      parkingDays: 4,
      alarms: { failedPercent: 5, failedAttempts: 3, refusedLines: 7, parkedLines: 8, iteratorAgeSeconds: 9 },
    });

    expect(DeliveryErrors?.expression).toBe('IF(failed >= 3 AND failed * 100 >= 5 * attempts, 1, 0)');
    expect([LinesMisconfigured, LinesParked, Late, ParkedTooLong].map((row) => row?.threshold)).toEqual([
      7, 8, 9000, 172_800,
    ]);
  });

  it('look back over one run of redrive, whose metrics come no more often', () => {
    const { BatchesExpired, ParkedTooLong } = rows({ redriveEveryMinutes: 30 });

    expect([BatchesExpired?.minutes, ParkedTooLong?.minutes]).toEqual([45, 45]);
  });

  it('miss agents only where quietMinutes says how long is too long', () => {
    const quiet = synthesize(assets.root, { destinations: ['datadog'], alarms: { quietMinutes: 60 } });

    expect(alarm(quiet, 'log-drain-Quiet')).toMatchObject({
      MetricName: 'IncomingRecords',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 60,
      DatapointsToAlarm: 60,
      TreatMissingData: 'breaching',
    });
    expect([...alarmsOf(everything).keys()]).not.toContain('log-drain-Quiet');
  });

  it("look for a stream's metrics in the account that its ARN names", () => {
    const arn = 'arn:aws:kinesis:eu-west-1:999988887777:stream/lines';
    const stack = synthesize(assets.root, { destinations: ['datadog'], stream: { arn } });

    const [watched] = alarm(stack, 'log-drain-WriteThrottles').Metrics ?? [];

    expect(watched).toMatchObject({
      AccountId: '999988887777',
      MetricStat: { Metric: { Dimensions: [{ Name: 'StreamName', Value: 'lines' }] } },
    });
  });
});

describe('the dashboard', () => {
  const [dashboard] = Object.values(everything.ofType('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties['DashboardBody']);

  it.each(ALL)('has a row on %s: delivering, how late, put aside, failing', (id) => {
    for (const question of ['is it delivering?', 'how late?', 'what is put aside?', 'what fails?']) {
      expect(body).toContain(`${id}: ${question}`);
    }
  });

  it('shows all alarms, and which agents have trouble and why, from the log of every function', () => {
    const groups = Object.keys(everything.ofType('AWS::Logs::LogGroup'));
    const alarms = Object.keys(everything.ofType('AWS::CloudWatch::Alarm'));

    for (const id of [...groups, ...alarms]) expect(body).toContain(`"${id}"`);
    expect(body).toContain('by destination, agent, message, reason');
  });

  it('is named after drain and region, since an account has each name once', () => {
    expect(dashboard?.Properties['DashboardName']).toEqual({
      'Fn::Join': ['', ['log-drain-', { Ref: 'AWS::Region' }]],
    });
  });
});

describe('adding a destination', () => {
  it('needs no edit in cdk/, whose code names none', () => {
    const folder = new URL('../../cdk/', import.meta.url);
    const sources = readdirSync(folder).map(
      (file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const,
    );

    const naming = sources.flatMap(([file, text]) =>
      ALL.filter((id) => new RegExp(`['"\`]${id}['"\`]`).test(text)).map((id) => `${file} names ${id}`),
    );

    expect(naming).toEqual([]);
    expect(sources.length).toBeGreaterThan(10);
  });
});
