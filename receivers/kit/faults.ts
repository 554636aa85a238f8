/** How a stand-in or receiver misbehaves when told to; read from `--faults FILE` and set by tests. */

/** What happens to one request. */
export type FaultAction =
  /** Answers this instead of doing its work. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Takes the request (its events are accepted) and then answers this. */
  | {
      readonly kind: 'accept-then-status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** Receivers that speak HTTP only: of the request's events, these alone are accepted: from, to (not included). */
      readonly events?: readonly [from: number, to: number];
    }
  /** Receivers that speak HTTP only: answers this to requests of such a body alone, and works as usual for others. */
  | {
      readonly kind: 'status-if';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** The body, once it is decompressed, holds one of these texts. */
      readonly holds?: readonly string[];
      /** It has more bytes than these, as sent. */
      readonly largerThan?: number;
    }
  /** Reads and never answers. */
  | { readonly kind: 'hang' }
  /** Works as usual after this long. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Resets the connection, before the request was taken or after. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** Kinesis only: of a PutRecords call, every n-th record, or one of them, fails with this code. */
  | { readonly kind: 'fail-records'; readonly every: number | 'first' | 'last'; readonly code: string };

/** Applies to `times` requests (default 1, 0 = for ever) after `after` others (default 0) have passed. */
export type FaultRule = FaultAction & { readonly times?: number; readonly after?: number };

/** By destination id, or `kinesis`, `secretsmanager`, `s3`. Rules are used up from the front. */
export type FaultScript = Readonly<Record<string, readonly FaultRule[]>>;

/** Hands out the action for each request in turn. */
export interface Faults {
  readonly next: () => FaultAction | undefined;
  readonly set: (rules: readonly FaultRule[]) => void;
}

export function createFaults(initial: readonly FaultRule[] = []): Faults {
  let rules = initial.map((rule) => ({ rule, skip: rule.after ?? 0, left: rule.times ?? 1 }));
  return {
    set: (next) => {
      rules = next.map((rule) => ({ rule, skip: rule.after ?? 0, left: rule.times ?? 1 }));
    },
    next: () => {
      const current = rules[0];
      if (current === undefined) return undefined;
      if (current.skip > 0) {
        current.skip -= 1;
        return undefined;
      }
      const endless = (current.rule.times ?? 1) === 0;
      if (!endless) {
        current.left -= 1;
        if (current.left === 0) rules.shift();
      }
      return current.rule;
    },
  };
}
