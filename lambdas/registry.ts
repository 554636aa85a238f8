import type { Manifest } from '../shared/destination/contract.ts';
import { MANIFEST as cloudwatch } from './cloudwatch/manifest.ts';
import { MANIFEST as datadog } from './datadog/manifest.ts';
import { MANIFEST as newrelic } from './newrelic/manifest.ts';
import { MANIFEST as sentry } from './sentry/manifest.ts';
import { MANIFEST as splunk } from './splunk/manifest.ts';
import { MANIFEST as syslog } from './syslog/manifest.ts';

const REGISTERED = [datadog, cloudwatch, sentry, newrelic, splunk, syslog] as const;

type Id = (typeof REGISTERED)[number]['id'];

/** The id of a destination. Does not compile to anything useful if a manifest lacks `as const`: its id would be any string. */
export type DestinationId = string extends Id ? never : Id;

/** Every destination, by its manifest. To add one, add its folder and its name here; `test/registry` names what is missing then. */
export const MANIFESTS: readonly Manifest<DestinationId>[] = REGISTERED;
