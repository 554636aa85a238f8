import type { DestinationId } from '../lambdas/registry.ts';
import type { Twin } from './local-stack.ts';
import type { Tally } from './tally/tally.ts';
import type { DestinationTarget } from './targets.ts';
import type { DeliveryCount } from './view/count-rows.ts';

/** How many lines each destination has so far. */
export interface DeliveredLines {
  readonly of: (id: DestinationId) => number;
  readonly counts: () => readonly DeliveryCount[];
  /** From now on real destinations are counted too. */
  readonly attach: (twin: Pick<Twin, 'drains'>) => void;
}

/** Counts what receivers have accepted, and what functions say of real services. */
export function countDelivered(
  places: readonly DestinationTarget[],
  tally: Pick<Tally, 'delivered'>,
): DeliveredLines {
  let drains: Twin['drains'] = [];
  const kinds = new Map(places.map(({ id, kind }) => [id, kind]));
  const of = (id: DestinationId): number =>
    kinds.get(id) === 'receiver'
      ? tally.delivered(id)
      : (drains.find((drain) => drain.id === id)?.metrics.metric('LinesDelivered').sum ?? 0);
  return {
    of,
    counts: () => places.map(({ id }) => ({ id, lines: of(id) })),
    attach: (twin) => {
      drains = twin.drains;
    },
  };
}
