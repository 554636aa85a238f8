import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { UsageProblem } from './errors.ts';
import { suggestionFor } from './suggestion.ts';

/** Throws a UsageProblem for a name that is no destination's. */
export function destinationId(name: string): DestinationId {
  const ids = MANIFESTS.map(({ id }) => id);
  const id = ids.find((one) => one === name);
  if (id !== undefined) return id;
  const closest = suggestionFor(name, ids);
  const hint = closest === undefined ? '' : `, perhaps ${closest}`;
  throw new UsageProblem(`"${name}" is no destination: it must be one of ${ids.join(', ')}${hint}`);
}
