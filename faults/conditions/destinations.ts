import { MANIFESTS } from '../../lambdas/registry.ts';
import type { DestinationId } from '../../shared/destination/contract.ts';

export const ALL: readonly DestinationId[] = MANIFESTS.map(({ id }) => id);

export const HTTP: readonly DestinationId[] = ALL.filter((id) => id !== 'syslog');

/** Our own HTTP client, and the SDK's. */
export const TWO: readonly DestinationId[] = ['datadog', 'cloudwatch'];

/** These, and the one without answers. */
export const THREE: readonly DestinationId[] = ['datadog', 'cloudwatch', 'syslog'];

export const ONE: readonly DestinationId[] = ['datadog'];
