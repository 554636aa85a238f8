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
  /** The first part of the line in parts that line `first` continues; `first` itself if it continues none. */
  readonly head: number;
}

/** Where lines are in the bytes of their group: line i is `bytes[startOf(i), endOf(i))`. Asking in order is fastest. */
export interface LinePlaces {
  readonly startOf: (i: number) => number;
  readonly endOf: (i: number) => number;
  /** Offsets from which lines are found; exposed so that their memory can be counted and freed. */
  readonly marks: Uint32Array;
}

/**
 * Consecutive lines of one agent, worker and boot in one Kinesis record, as ranges of bytes: a record may hold millions of
 * lines, too many for an object each. Texts are valid UTF-8, without line ends.
 */
export interface LineGroup {
  readonly agentId: string;
  readonly workerId: string;
  /** Undefined for foreign data, whose lines are named by their position in the record instead. */
  readonly boot: string | undefined;
  /** Number of the first line: since `boot`, or in the record for foreign data. */
  readonly seq: number;
  readonly bytes: Buffer;
  readonly places: LinePlaces;
  readonly count: number;
  /** In order; together they cover all lines. */
  readonly runs: readonly Run[];
  /** Levels given by a foreign producer; they win over detection. */
  readonly levels?: readonly (Level | undefined)[];
  /** Lines of another producer whose timestamp could not be read: they have the time of their arrival. */
  readonly unreadTimes?: number;
}

/** A key that is unique for each worker of each agent. */
export function sourceOf({ agentId, workerId }: Pick<LineGroup, 'agentId' | 'workerId'>): string {
  return `${agentId}\n${workerId}`;
}

/** The text of line i, without its line end. */
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

/** Why a record cannot be read; docs/record-format.md says when. Safe to log: nothing of the record is in them. */
export const UNREADABLE_REASONS = [
  'empty',
  'too-large',
  'too-many-parts',
  'corrupt-compression',
  'zstd-unsupported',
  'bad-header',
  'newer-record',
  'runs-mismatch',
  'unknown-format',
  'bad-agent-id',
  'no-agent-id',
  'corrupt-aggregate',
] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

/** A record's lines, or why it cannot be read. `own`: the shipper's form, outside of an aggregate; `from`: who wrote it. */
export type Decoded =
  | {
      readonly kind: 'lines';
      readonly own: boolean;
      readonly groups: readonly LineGroup[];
      readonly from?: string;
    }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

/** What Kinesis tells about a record besides its data. `arrivalMs` is in epoch ms. */
export interface Arrival {
  /** Absent on streams that distribute records to shards by themselves, and if only the data is known. */
  readonly partitionKey?: string | undefined;
  readonly arrivalMs: number;
}
