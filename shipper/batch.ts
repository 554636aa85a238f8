import type { WireRun } from '../shared/record/format.ts';

/** Lines that become one record, as the bytes that were read: no object per line. */
export interface Batch {
  /** Number of the first line since boot. */
  readonly seq: number;
  readonly lines: number;
  readonly bytes: number;
  readonly runs: readonly WireRun[];
  /** Joined, these are `lines` lines, each ended by LF. */
  readonly body: readonly Buffer[];
}
