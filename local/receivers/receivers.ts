import type { DestinationId } from '../../shared/delivery/destination.ts';
import { startCloudWatch } from './cloudwatch.ts';
import { startDatadog } from './datadog.ts';
import { startNewRelic } from './newrelic.ts';
import type { StartReceiver } from './receiver.ts';
import { startSentry } from './sentry.ts';
import { startSplunk } from './splunk.ts';
import { startSyslog } from './syslog.ts';

/** The strict stand-in for each service. */
export const RECEIVERS: Readonly<Record<DestinationId, StartReceiver>> = {
  datadog: startDatadog,
  cloudwatch: startCloudWatch,
  sentry: startSentry,
  newrelic: startNewRelic,
  splunk: startSplunk,
  syslog: startSyslog,
};
