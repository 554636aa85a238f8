import { MAX_RECORD_BODY_BYTES, MAX_RECORD_RUNS } from '../../shared/record/format.ts';

/** A run in JSON: 1 digit, 14 digits of time, twice 7 digits, 1 digit, brackets and commas. */
const MAX_RUN_BYTES = 37;
/** The other keys of a header, with ids of at most 128 characters that may have to be escaped. */
const MAX_KEYS_BYTES = 2_048;
/** No header is longer. */
export const HEADER_ROOM = MAX_RECORD_RUNS * MAX_RUN_BYTES + MAX_KEYS_BYTES;
/** Two are being compressed while one is filled and one waits. */
const MAX_SPARES = 4;

/**
 * Memory for records: room for the header, then for the body, so that a record becomes one piece of bytes without its
 * lines being copied again. Used again and again, since fresh memory costs more than what is done with it.
 */
export interface RecordMemory {
  readonly take: () => Buffer;
  /** Nobody will read it any more. */
  readonly giveBack: (memory: Buffer) => void;
}

export function createRecordMemory(): RecordMemory {
  const spares: Buffer[] = [];
  return {
    take: () => spares.pop() ?? Buffer.allocUnsafeSlow(HEADER_ROOM + MAX_RECORD_BODY_BYTES),
    giveBack: (memory) => {
      if (spares.length < MAX_SPARES) spares.push(memory);
    },
  };
}
