import { sdkRequestHandler } from '../../shared/http/sdk-handler.ts';
import { callAws, isAwsError } from '../base/aws.ts';
import { ageText } from '../base/output.ts';
import type { Finding } from './finding.ts';

const TIMEOUT_MS = 10_000;

/** The stream that agents write to. */
export async function lookAtStream(name: string): Promise<readonly Finding[]> {
  const { DescribeStreamSummaryCommand, KinesisClient } = await import('@aws-sdk/client-kinesis');
  const client = new KinesisClient({
    requestHandler: sdkRequestHandler(TIMEOUT_MS),
  });
  const purpose = { what: `look at the stream ${name}`, action: 'kinesis:DescribeStreamSummary' };
  const summary = await callAws(purpose, async () => {
    try {
      return await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  });
  const { StreamStatus = 'gone', OpenShardCount = 0 } = summary?.StreamDescriptionSummary ?? {};
  if (StreamStatus === 'ACTIVE') {
    return [{ about: 'stream', state: 'good', says: `${name} is active, open shards: ${OpenShardCount}` }];
  }
  if (StreamStatus === 'UPDATING') {
    return [{ about: 'stream', state: 'note', says: `${name} is being changed and works meanwhile` }];
  }
  return [
    {
      about: 'stream',
      state: 'bad',
      says: `${name} is ${StreamStatus.toLowerCase()}: agents cannot write`,
      next: 'Deploy again with cdk deploy.',
    },
  ];
}

/** What starts each destination's function. */
export async function lookAtMapping(id: string, functionName: string): Promise<readonly Finding[]> {
  const { LambdaClient, ListEventSourceMappingsCommand } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({
    requestHandler: sdkRequestHandler(TIMEOUT_MS),
  });
  const about = `${id} mapping`;
  const purpose = {
    what: `look at the mapping of ${functionName}`,
    action: 'lambda:ListEventSourceMappings',
  };
  const command = new ListEventSourceMappingsCommand({ FunctionName: functionName });
  const { EventSourceMappings: mappings = [] } = await callAws(purpose, () => client.send(command));
  if (mappings.length === 0) {
    const says = `nothing starts ${functionName}: no line is delivered`;
    return [{ about, state: 'bad', says, next: 'Deploy again with cdk deploy.' }];
  }
  return mappings.map(({ UUID = '', State = 'unknown', LastProcessingResult: last = '' }): Finding => {
    if (State === 'Disabled' || State === 'Disabling') {
      const next = `Start it with: aws lambda update-event-source-mapping --uuid ${UUID} --enabled`;
      return { about, state: 'bad', says: 'it is disabled: lines wait in the stream', next };
    }
    if (State !== 'Enabled') return { about, state: 'note', says: `it is ${State.toLowerCase()}` };
    if (!last.startsWith('PROBLEM')) return { about, state: 'good', says: 'enabled' };
    const next =
      "Look into the function's log group; if it names a permission, deploy again with cdk deploy.";
    return { about, state: 'bad', says: `enabled, but its last batch failed (${last})`, next };
  });
}

const LATE_MS = 60_000;
const LOOK_BACK_MS = 15 * 60_000;

/** How late each function reads, by CloudWatch. */
export async function lookAtLateness(
  functions: Readonly<Record<string, string>>,
  nowMs: number,
): Promise<readonly Finding[]> {
  const { CloudWatchClient, GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient({
    requestHandler: sdkRequestHandler(TIMEOUT_MS),
  });
  const entries = Object.entries(functions);
  const command = new GetMetricDataCommand({
    StartTime: new Date(nowMs - LOOK_BACK_MS),
    EndTime: new Date(nowMs),
    ScanBy: 'TimestampDescending',
    MetricDataQueries: entries.map(([, name], i) => ({
      Id: `age${i}`,
      MetricStat: {
        Metric: {
          Namespace: 'AWS/Lambda',
          MetricName: 'IteratorAge',
          Dimensions: [{ Name: 'FunctionName', Value: name }],
        },
        Period: 60,
        Stat: 'Maximum',
      },
    })),
  });
  const purpose = { what: 'read how late the functions are', action: 'cloudwatch:GetMetricData' };
  const { MetricDataResults: results = [] } = await callAws(purpose, () => client.send(command));
  return entries.map(([id], i): Finding => {
    const about = `${id} lateness`;
    const ageMs = results.find(({ Id }) => Id === `age${i}`)?.Values?.[0];
    if (ageMs === undefined) return { about, state: 'good', says: 'nothing was read in the last 15 minutes' };
    if (ageMs <= LATE_MS) return { about, state: 'good', says: `reads ${ageText(ageMs)} behind` };
    const next =
      'Its service is slow or refuses lines, or the stream has too many readers for its shards: see the dashboard, and test the destination.';
    return { about, state: 'bad', says: `reads ${ageText(ageMs)} behind`, next };
  });
}
