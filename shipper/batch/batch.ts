import type { WireRun } from '../../shared/record/format.ts';

/** Lines that become one record, as the bytes that were read: there is no object per line. */
export interface Batch {
  /** Number of the first line since the shipper's start. */
  readonly seq: number;
  readonly lines: number;
  readonly runs: readonly WireRun[];
  /** `lines` lines, each ended by LF; the same buffer has room for a record's header before them. */
  readonly body: Buffer;
  /** To be called once, when nobody reads the body any more: its memory is reused. */
  readonly release: () => void;
}
