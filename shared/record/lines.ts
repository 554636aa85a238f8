import type { Level } from '../level/levels.ts';
import type { StreamCode } from './format.ts';

/** Lines that share stream, time and flags: `count` lines from line `first` of their group. */
export interface Run {
  readonly first: number;
  readonly count: number;
  readonly stream: StreamCode;
  /** Epoch ms. */
  readonly timeMs: number;
  readonly flags: number;
}

/**
 * Consecutive lines of one (agent, worker, boot) out of one Kinesis record, as ranges of bytes: no object
 * per line, since one record may hold millions of them. Line i is `bytes[starts[i], ends[i])`, valid UTF-8,
 * without its line end.
 */
export interface LineGroup {
  readonly agentId: string;
  readonly workerId: string;
  /** Undefined for foreign data, whose lines are named by their place in the record instead. */
  readonly boot: string | undefined;
  /** Number of the first line: since `boot`, or within the record for foreign data. */
  readonly seq: number;
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
  /** Ascending by `first`, covering all lines without a gap. */
  readonly runs: readonly Run[];
  /** Levels given by a foreign producer; they win over detection. */
  readonly levels?: readonly (Level | undefined)[];
}

/** Why a record cannot be read: our own codes, safe to log. */
export type UnreadableReason =
  | 'empty'
  | 'too-large'
  | 'corrupt-compression'
  | 'zstd-unsupported'
  | 'bad-header'
  | 'newer-record'
  | 'runs-mismatch'
  | 'unknown-format'
  | 'bad-agent-id'
  | 'no-agent-id'
  | 'corrupt-aggregate';

export type Decoded =
  | {
      readonly kind: 'lines';
      readonly own: boolean;
      readonly groups: readonly LineGroup[];
      readonly from?: string;
    }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

/** What Kinesis tells of a record beside its data. */
export interface Arrival {
  /** Absent on streams that distribute records themselves. */
  readonly partitionKey?: string | undefined;
  readonly arrivalMs: number;
}
