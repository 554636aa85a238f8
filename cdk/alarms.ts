import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { AlarmRow } from './alarm-table.ts';
import type { DrainConfig } from './config.ts';
import { type MetricContext, metricOf } from './metrics.ts';
import { pascal } from './pascal.ts';

const COMPARISONS: Readonly<Record<AlarmRow['breaches'], ComparisonOperator>> = {
  'at least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
};
const MISSING: Readonly<Record<AlarmRow['missing'], TreatMissingData>> = {
  notBreaching: TreatMissingData.NOT_BREACHING,
  breaching: TreatMissingData.BREACHING,
};

/** The topic that every alarm goes to: the configured one, or a new one that CloudWatch of this account may publish to. */
export function createAlarmTopic(scope: Construct, { alarms }: DrainConfig): ITopic {
  const topic =
    alarms.topicArn === undefined ? newTopic(scope) : Topic.fromTopicArn(scope, 'Alarms', alarms.topicArn);
  if (alarms.email !== undefined) topic.addSubscription(new EmailSubscription(alarms.email));
  return topic;
}

function newTopic(scope: Construct): Topic {
  const topic = new Topic(scope, 'Alarms', { enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  return topic;
}

function watchedBy(row: AlarmRow, context: MetricContext): IMetric {
  const metrics = Object.entries(row.metrics).map(
    ([name, metric]) => [name, metricOf(context, metric.of, metric)] as const,
  );
  const [only] = metrics;
  if (row.expression === undefined && only !== undefined) return only[1];
  return new MathExpression({
    expression: row.expression ?? '',
    usingMetrics: Object.fromEntries(metrics),
    period: Duration.minutes(1),
    label: row.id,
  });
}

/** Makes alarms from rows of the table, named `<drain>-<destination>-<row>` (without the destination where there is none). */
export function createAlarms(
  scope: Construct,
  rows: readonly AlarmRow[],
  { topic, context }: { readonly topic: ITopic; readonly context: MetricContext },
): readonly Alarm[] {
  const owner = [
    context.stackName,
    ...(context.destination === undefined ? [] : [context.destination.id]),
  ].join('-');
  const alarms = new Construct(
    scope,
    context.destination === undefined ? 'Stack' : pascal(context.destination.id),
  );
  return rows.map((row) => {
    const alarm = new Alarm(alarms, row.id, {
      alarmName: `${owner}-${row.id}`,
      alarmDescription: row.says,
      metric: watchedBy(row, context),
      comparisonOperator: COMPARISONS[row.breaches],
      threshold: row.threshold,
      evaluationPeriods: row.minutes,
      datapointsToAlarm: row.breachingMinutes,
      treatMissingData: MISSING[row.missing],
    });
    alarm.addAlarmAction(new SnsAction(topic));
    return alarm;
  });
}
