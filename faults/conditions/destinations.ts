import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';

export const ALL: readonly DestinationId[] = MANIFESTS.map(({ id }) => id);

export const HTTP: readonly DestinationId[] = ALL.filter((id) => RECEIVERS[id].protocol === 'http');

/** Our own HTTP client, and the SDK's. */
export const TWO: readonly DestinationId[] = ['datadog', 'cloudwatch'];

/** These, and the one without answers. */
export const THREE: readonly DestinationId[] = ['datadog', 'cloudwatch', 'syslog'];

export const ONE: readonly DestinationId[] = ['datadog'];
