import type { Level } from '../level/words/levels.ts';
import type { StreamCode } from './format.ts';

/** Lines that share stream, time and flags: `count` lines from line `first` of their group. */
export interface Run {
  readonly first: number;
  readonly count: number;
  readonly stream: StreamCode;
  /** Epoch ms. */
  readonly timeMs: number;
  readonly flags: number;
  /** The line that the shipper split line `first` off; `first` itself if it is whole or the beginning of one. */
  readonly head: number;
}

/** Where lines are in the bytes of their group: line i is `bytes[startOf(i), endOf(i))`. Asked for in order, they are found fastest. */
export interface LinePlaces {
  readonly startOf: (i: number) => number;
  readonly endOf: (i: number) => number;
  /** What is kept to find them by. */
  readonly marks: Uint32Array;
}

/**
 * Consecutive lines of one (agent, worker, boot) out of one Kinesis record, as ranges of bytes: no object
 * per line, since one record may hold millions of them. Their texts are valid UTF-8, without line ends.
 */
export interface LineGroup {
  readonly agentId: string;
  readonly workerId: string;
  /** Undefined for foreign data, whose lines are named by their place in the record instead. */
  readonly boot: string | undefined;
  /** Number of the first line: since `boot`, or within the record for foreign data. */
  readonly seq: number;
  readonly bytes: Buffer;
  readonly places: LinePlaces;
  readonly count: number;
  /** Ascending by `first`, covering all lines without a gap. */
  readonly runs: readonly Run[];
  /** Levels given by a foreign producer; they win over detection. */
  readonly levels?: readonly (Level | undefined)[];
}

/** What tells a worker of an agent from all others. */
export function sourceOf({ agentId, workerId }: Pick<LineGroup, 'agentId' | 'workerId'>): string {
  return `${agentId}\n${workerId}`;
}

export function textOf({ bytes, places }: LineGroup, i: number): string {
  return bytes.toString('utf8', places.startOf(i), places.endOf(i));
}

/** Index of the run that holds line i. */
export function runIndexOf(runs: readonly Run[], i: number): number {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runs[middle]?.first ?? 0) <= i) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Why a record cannot be read: our own codes, safe to log. */
export type UnreadableReason =
  | 'empty'
  | 'too-large'
  | 'too-many-parts'
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
