import type { Range } from '../base/range-set.ts';

/** Events of one request, by their indices. */
export interface Rejection extends Range {
  /** Our own reason code in kebab-case, safe to log. */
  readonly reason: string;
}

/** The fate of all events of a request that are neither accepted nor rejected by name. */
export type Rest =
  | { readonly fate: 'delivered' }
  | { readonly fate: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** The request holds a line that is not taken, and nobody says which; `tooMuch`: all are, but not at once. */
  | { readonly fate: 'split'; readonly reason: string; readonly tooMuch?: true }
  | { readonly fate: 'misconfigured'; readonly reason: string };

/** What came of one attempt to send one request. Expected failures are outcomes; throwing is for bugs. */
export interface Outcome {
  /** Events, by their indices in the request. */
  readonly accepted: readonly Range[];
  /** Never to be sent again: parked under `rejected/` and passed over. */
  readonly rejected: readonly Rejection[];
  readonly rest: Rest;
  /** The service's own words, unmasked; the engine masks and shortens them before they go anywhere. */
  readonly answer?: string;
  /** The service asks for a pause although this request was taken (Sentry's rate limits on a 200). */
  readonly pauseMs?: number;
  /** Taken as far as can be known (syslog: the peer never closed). */
  readonly unconfirmed?: boolean;
}

/** An outcome that treats all events of the request alike. */
export function outcome(rest: Rest, answer?: string): Outcome {
  return answer === undefined
    ? { accepted: [], rejected: [], rest }
    : { accepted: [], rejected: [], rest, answer };
}

export const DELIVERED: Outcome = outcome({ fate: 'delivered' });
