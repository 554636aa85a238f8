import type { DestinationId } from '../lambdas/registry.ts';
import { RECEIVER as cloudwatch } from './cloudwatch/receiver.ts';
import { RECEIVER as datadog } from './datadog/receiver.ts';
import type { ReceiverKind } from './kit/receiver-kind.ts';
import { RECEIVER as newrelic } from './newrelic/receiver.ts';
import { RECEIVER as sentry } from './sentry/receiver.ts';
import { RECEIVER as splunk } from './splunk/receiver.ts';
import { RECEIVER as syslog } from './syslog/receiver.ts';

/** The strict stand-in for each service. */
export const RECEIVERS: Readonly<Record<DestinationId, ReceiverKind>> = {
  datadog,
  cloudwatch,
  sentry,
  newrelic,
  splunk,
  syslog,
};
