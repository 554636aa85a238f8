/**
 * Tells bad lines from a wrong setting that a service answers like one: by how many lines in a row were refused although
 * each was sent alone. Kept with a client, so by all agents that have these settings.
 */
export interface Refusals {
  /** The service took something. */
  readonly accepted: () => void;
  /** It refused a line that was sent alone. */
  readonly refused: () => void;
  /** So many in a row are no bad lines any more. */
  readonly areOfSettings: () => boolean;
  /** It has taken something under these settings before. */
  readonly everAccepted: () => boolean;
  readonly restart: () => void;
}

/** Of a service that has taken nothing yet; a few lines are enough, since others are seldom bad from the first. */
const UNPROVEN_ROW = 10;
/** Of one that has: a crash can write as many lines of a kind that a service does not take. */
const PROVEN_ROW = 100;

export function createRefusals(): Refusals {
  let inRow = 0;
  let proven = false;
  return {
    accepted: () => {
      inRow = 0;
      proven = true;
    },
    refused: () => {
      inRow += 1;
    },
    areOfSettings: () => inRow >= (proven ? PROVEN_ROW : UNPROVEN_ROW),
    everAccepted: () => proven,
    restart: () => {
      inRow = 0;
    },
  };
}
