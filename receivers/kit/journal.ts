import type { AcceptedEvent, OnAccepted } from './receiver.ts';

/** A sender that is wrong in one way is often wrong a million times: the first ones tell. */
const MAX_VIOLATIONS = 1000;

/** An event as a receiver found it, before it is known which request and moment it belongs to. */
export type FoundEvent = Omit<AcceptedEvent, 'request' | 'acceptedMs'>;

/** What a receiver remembers: requests seen, violations, and how many requests were accepted. */
export interface Journal {
  readonly violations: readonly string[];
  readonly requests: () => number;
  readonly seen: () => void;
  readonly violate: (words: readonly string[]) => void;
  /** Hands the events of one request on, in order; none is no accepted request. */
  readonly accept: (events: readonly FoundEvent[]) => void;
}

/** Starts an empty journal; `now` is a clock in epoch ms. */
export function createJournal(onAccepted: OnAccepted, now: () => number): Journal {
  const violations: string[] = [];
  let seen = 0;
  let accepted = 0;
  return {
    violations,
    requests: () => seen,
    seen: () => {
      seen += 1;
    },
    violate: (words) => {
      violations.push(...words.slice(0, MAX_VIOLATIONS - violations.length));
    },
    accept: (events) => {
      if (events.length === 0) return;
      const acceptedMs = now();
      // Field by field: there may be millions, and a spread is several times slower.
      for (const { event, agent, worker, stream, text, timeMs, seq } of events) {
        onAccepted({ event, request: accepted, agent, worker, stream, text, timeMs, acceptedMs, seq });
      }
      accepted += 1;
    },
  };
}
