import { MANIFESTS } from '../../lambdas/registry.ts';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import type { Destination, DestinationId } from '../../shared/destination/contract.ts';
import { UsageProblem } from './errors.ts';
import { suggestionFor } from './suggestion.ts';

/** A destination of whose settings only what all share is known. */
export type AnyDestination = Destination<CommonSettings>;

type Load = () => Promise<AnyDestination>;

/** The parser of a destination goes with its own `open` alone, so that the kind of its settings does not matter here. */
function loaderOf<S extends CommonSettings>(
  load: () => Promise<{ readonly DESTINATION: Destination<S> }>,
): Load {
  return async () => (await load()).DESTINATION as unknown as AnyDestination;
}

const LOADERS: Readonly<Record<DestinationId, Load>> = {
  datadog: loaderOf(() => import('../../lambdas/datadog/destination.ts')),
  cloudwatch: loaderOf(() => import('../../lambdas/cloudwatch/destination.ts')),
  sentry: loaderOf(() => import('../../lambdas/sentry/destination.ts')),
  newrelic: loaderOf(() => import('../../lambdas/newrelic/destination.ts')),
  splunk: loaderOf(() => import('../../lambdas/splunk/destination.ts')),
  syslog: loaderOf(() => import('../../lambdas/syslog/destination.ts')),
};

export function loadDestination(id: DestinationId): Promise<AnyDestination> {
  return LOADERS[id]();
}

/** Throws a UsageProblem for a name that is no destination's. */
export function destinationId(name: string): DestinationId {
  const ids = MANIFESTS.map(({ id }) => id);
  const id = ids.find((one) => one === name);
  if (id !== undefined) return id;
  const closest = suggestionFor(name, ids);
  const hint = closest === undefined ? '' : `, perhaps ${closest}`;
  throw new UsageProblem(`"${name}" is no destination: it must be one of ${ids.join(', ')}${hint}`);
}
