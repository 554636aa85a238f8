import type { DestinationId } from '../shared/destination/contract.ts';
import { startCloudWatch } from './cloudwatch/receiver.ts';
import { startDatadog } from './datadog/receiver.ts';
import type { StartReceiver } from './kit/receiver.ts';
import { startNewRelic } from './newrelic/receiver.ts';
import { startSentry } from './sentry/receiver.ts';
import { startSplunk } from './splunk/receiver.ts';
import { startSyslog } from './syslog/receiver.ts';

/** The strict stand-in for each service. */
export const RECEIVERS: Readonly<Record<DestinationId, StartReceiver>> = {
  datadog: startDatadog,
  cloudwatch: startCloudWatch,
  sentry: startSentry,
  newrelic: startNewRelic,
  splunk: startSplunk,
  syslog: startSyslog,
};
