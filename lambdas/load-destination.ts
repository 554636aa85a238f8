import type { CommonSettings } from '../shared/destination/common-settings.ts';
import type { Destination } from '../shared/destination/contract.ts';
import type { DestinationId } from './registry.ts';

/** A destination of whose settings only what all share is known: its parser goes with its own `open` alone. */
export type AnyDestination = Destination<CommonSettings>;

/**
 * Loads a destination from its folder. For commands and tests: a function imports its own folder, since whatever imports
 * this is built with all of them.
 */
export async function loadDestination(id: DestinationId): Promise<AnyDestination> {
  const loaded = (await import(`./${id}/destination.ts`)) as { readonly DESTINATION: AnyDestination };
  return loaded.DESTINATION;
}
