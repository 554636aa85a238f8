import type { Manifest } from '../../shared/destination/contract.ts';
import type { Found } from '../world/lines.ts';
import { type Ledger, type LineFate, nameOf } from './ledger.ts';

/** Sees that lines go in order, where that is promised. */
export interface OrderWatch {
  /** A request arrives. */
  readonly request: (lines: readonly Found[], invocation: number) => void;
}

/**
 * Promised: within a request, the lines of a boot are in the order of writing; and with one request at a time for each
 * worker, so are those that one invocation sends for the first time.
 */
export function createOrderWatch(ledger: Ledger, { requestPer, window }: Manifest): OrderWatch {
  const isStrict = requestPer === 'worker' && window === 1;
  /** The last new line of each boot in the invocation at hand. */
  let invocationAt = 0;
  let last = new Map<string, LineFate>();

  return {
    request: (lines, invocation) => {
      const inRequest = new Map<string, LineFate>();
      if (invocation !== invocationAt) last = new Map();
      invocationAt = invocation;
      for (const { id } of lines) {
        const line = ledger.line(id);
        const key = `${line.agent} ${line.boot}`;
        const before = inRequest.get(key) ?? (isStrict && line.deliveries.length === 0 ? last.get(key) : undefined);
        if (before !== undefined && before.id > line.id && line.boot !== 'foreign')
          ledger.violate('out-of-order', `${nameOf(line)} was sent after ${nameOf(before)}`);
        inRequest.set(key, line);
      }
      for (const [key, line] of inRequest) last.set(key, line);
    },
  };
}
