import type { Conditions } from '../history/conditions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Random } from '../time/random.ts';
import type { Timeline } from '../time/timeline.ts';

/** What all parts of the simulated world share. */
export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly conditions: Conditions;
}
