import type { DestinationId } from '../lambdas/registry.ts';
import type { AgentRunEnd } from './agent-run.ts';
import type { TwinDrain } from './local-stack.ts';

/** How far everything had got when `local` ended. */
export interface Ending {
  /** The destination may still have got lines, had somebody not stopped `local`. */
  readonly waitsFor: (id: DestinationId) => boolean;
  /** Lines that the shipper dropped: lost, whatever else is on its way. */
  readonly dropped: number;
}

/** What the shipper said at its end; or it was ended by force, or did not get so far, or was not started at all. */
export type ShipperEnd = AgentRunEnd | 'was-cut-off' | 'said-nothing' | 'never-started';

export interface Ends {
  readonly shipper: ShipperEnd;
  /** Destinations whose mapping has not settled all that was put. */
  readonly unsettled: ReadonlySet<DestinationId>;
  readonly isStopped: boolean;
}

/** Without a stop everything was waited for, and what is missing is lost. */
export function endingOf({ shipper, unsettled, isStopped }: Ends): Ending {
  const said = typeof shipper === 'string' ? undefined : shipper;
  const shipperHolds = shipper !== 'never-started' && (said === undefined || said.unsent > 0);
  return {
    waitsFor: (id) => isStopped && (shipperHolds || unsettled.has(id)),
    dropped: said?.dropped ?? 0,
  };
}

/** Waits until the mappings have settled all records put so far, or until `over`; returns those that have not. */
export async function settle(
  drains: readonly Pick<TwinDrain, 'id' | 'mapping'>[],
  over: Promise<unknown>,
): Promise<ReadonlySet<DestinationId>> {
  const unsettled = new Set(drains.map(({ id }) => id));
  const all = drains.map(async ({ id, mapping }) => {
    if (await mapping.drained()) unsettled.delete(id);
  });
  await Promise.race([Promise.all(all), over]);
  return new Set(unsettled);
}
