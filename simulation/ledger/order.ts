import type { Manifest } from '../../shared/destination/contract.ts';
import { type Ledger, type LineFate, nameOf } from './ledger.ts';
import { FOREIGN, type Found } from './lines.ts';

/** Sees that lines go in order, where that is promised. */
export interface OrderWatch {
  /** A request arrives. */
  readonly arrived: (lines: readonly Found[]) => void;
  /** A service takes a line that it did not have. */
  readonly taken: (line: LineFate, invocation: number) => void;
}

/**
 * Promised: within a request, the lines of a boot are in the order of writing; and with one request at a time for each
 * worker, so are those that one invocation delivers.
 */
export function createOrderWatch(ledger: Ledger, { requestPer, window }: Manifest): OrderWatch {
  const isStrict = requestPer === 'worker' && window === 1;
  /** Of each boot: the last line that was taken, and in which invocation. */
  const last = new Map<string, { readonly line: LineFate; readonly invocation: number }>();

  function compare(before: LineFate | undefined, line: LineFate): void {
    if (before === undefined || before.id < line.id || line.boot === FOREIGN) return;
    ledger.violate('out-of-order', `${nameOf(line)} was sent after ${nameOf(before)}`);
  }

  return {
    arrived: (lines) => {
      const inRequest = new Map<string, LineFate>();
      for (const { id, part } of lines) {
        const line = ledger.line(id);
        if (part !== 'end') compare(inRequest.get(bootOf(line)), line);
        inRequest.set(bootOf(line), line);
      }
    },
    taken: (line, invocation) => {
      if (!isStrict) return;
      const before = last.get(bootOf(line));
      if (before?.invocation === invocation) compare(before.line, line);
      last.set(bootOf(line), { line, invocation });
    },
  };
}

function bootOf({ agent, boot }: LineFate): string {
  return `${agent} ${boot}`;
}
