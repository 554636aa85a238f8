import type { WireRun } from '../../shared/record/format.ts';

/** Lines that become one record, as the bytes that were read: no object per line. */
export interface Batch {
  /** Number of the first line since boot. */
  readonly seq: number;
  readonly lines: number;
  readonly runs: readonly WireRun[];
  /** These are `lines` lines, each ended by LF; before them, in the same memory, is room for a record's header. */
  readonly body: Buffer;
  /** To be called once, when nobody reads the body any more: its memory is used again. */
  readonly release: () => void;
}
