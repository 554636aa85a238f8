import type { Stage } from './stage.ts';

/** Why the objects under a prefix of the parking bucket are there: a code for each. */
export function reasonsParked({ twin }: Stage, prefix = 'parked/'): readonly string[] {
  return twin.parked(prefix).map((body) => (JSON.parse(body) as { readonly reason: string }).reason);
}
