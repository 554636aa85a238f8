import type { Range, RangeSet } from '../../shared/base/range-set.ts';
import type { DeliveryReport, KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import type { LineGroup } from '../../shared/record/lines.ts';

/** One record of the event and how many of its lines are still unsettled. */
export interface RecordProgress {
  readonly source: KinesisEventRecord;
  readonly position: number;
  readonly arrivalMs: number;
  /** Lines of all agents in it; until a record is decoded it counts as one unsettled line. */
  lines: number;
  unsettled: number;
}

/** Consecutive lines of a record that are one agent's. */
export interface Segment {
  readonly record: RecordProgress;
  readonly group: LineGroup;
  readonly from: number;
  readonly to: number;
  /** Names the lines, together with their numbers. */
  readonly boot: string;
  readonly own: boolean;
  /** Which lines are settled, by number; shared with other segments of the record in which `boot` is the same. */
  readonly settled: RangeSet;
}

/** Lines `[from, to)` of a segment's group. */
export interface SegmentLines {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
}

export function countLines(lines: readonly SegmentLines[]): number {
  return lines.reduce((sum, { from, to }) => sum + to - from, 0);
}

export function trackRecords(records: readonly KinesisEventRecord[]): RecordProgress[] {
  return records.map((source, position) => ({
    source,
    position,
    arrivalMs: Math.round(source.kinesis.approximateArrivalTimestamp * 1000),
    lines: 1,
    unsettled: 1,
  }));
}

/** Takes over a decoded record's real number of lines. */
export function startRecord(record: RecordProgress, lines: number): void {
  record.lines = lines;
  record.unsettled = lines;
}

/** Marks lines `[from, to)` of the segment's group; a line that was settled before is not counted again. */
export function markSettled({ record, settled, group: { seq } }: Segment, from: number, to: number): void {
  for (const gap of settled.missing(seq + from, seq + to)) record.unsettled -= gap.to - gap.from;
  settled.add(seq + from, seq + to);
}

/** The segment's lines that are not settled, as lines of its group. */
export function unsettledOf({ settled, group: { seq }, from, to }: Segment): Range[] {
  return settled.missing(seq + from, seq + to).map((gap) => ({ from: gap.from - seq, to: gap.to - seq }));
}

/**
 * Tells the mapping where to begin again: the record with the lowest position that holds an unsettled line.
 * Everything before it is settled; it and all after it come again
 * (docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html).
 */
export function reportOf(records: readonly RecordProgress[]): DeliveryReport {
  const first = records.find(({ unsettled }) => unsettled > 0);
  if (first === undefined) return { batchItemFailures: [] };
  return { batchItemFailures: [{ itemIdentifier: first.source.kinesis.sequenceNumber }] };
}
