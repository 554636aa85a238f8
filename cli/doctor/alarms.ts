import { sdkRequestHandler } from '../../shared/http/sdk-handler.ts';
import { callAws } from '../base/aws.ts';
import { counted } from '../base/output.ts';
import type { Finding } from './finding.ts';

interface Alarm {
  readonly name: string;
  readonly description: string;
  readonly state: string;
}

/** The drain's alarms. Their names begin with the drain's. */
export async function lookAtAlarms(drain: string): Promise<readonly Finding[]> {
  const alarms = await alarmsOf(drain);
  const ringing = alarms.filter(({ state }) => state === 'ALARM');
  if (alarms.length === 0) {
    return [{ about: 'alarms', state: 'note', says: `there are none whose names begin with ${drain}-` }];
  }
  if (ringing.length === 0) {
    return [{ about: 'alarms', state: 'good', says: `none of ${counted(alarms.length, 'alarm')} is raised` }];
  }
  return ringing.map(({ name, description }) => ({
    about: 'alarms',
    state: 'bad',
    says: `${name} is raised`,
    next: description,
  }));
}

async function alarmsOf(drain: string): Promise<readonly Alarm[]> {
  const { CloudWatchClient, DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient({
    requestHandler: sdkRequestHandler(10_000),
  });
  const purpose = { what: 'look at the alarms', action: 'cloudwatch:DescribeAlarms' };
  const found: Alarm[] = [];
  for (let token: string | undefined; ; ) {
    const command = new DescribeAlarmsCommand({
      AlarmNamePrefix: `${drain}-`,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page = await callAws(purpose, () => client.send(command));
    for (const { AlarmName = '', AlarmDescription = '', StateValue = '' } of page.MetricAlarms ?? []) {
      found.push({ name: AlarmName, description: AlarmDescription, state: StateValue });
    }
    token = page.NextToken;
    if (token === undefined) return found;
  }
}
