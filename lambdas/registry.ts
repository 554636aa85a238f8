import type { Manifest } from '../shared/destination/contract.ts';
import { MANIFEST as cloudwatch } from './cloudwatch/manifest.ts';
import { MANIFEST as datadog } from './datadog/manifest.ts';
import { MANIFEST as newrelic } from './newrelic/manifest.ts';
import { MANIFEST as sentry } from './sentry/manifest.ts';
import { MANIFEST as splunk } from './splunk/manifest.ts';
import { MANIFEST as syslog } from './syslog/manifest.ts';

/** Every destination, by its manifest. Adding one is its folder and a line here. */
export const MANIFESTS: readonly Manifest[] = [datadog, cloudwatch, sentry, newrelic, splunk, syslog];
