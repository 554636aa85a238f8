import type { Range, RangeSet } from '../../shared/base/range-set.ts';
import type {
  DeliveryReport,
  KinesisEventRecord,
  RedriveEvent,
  RedriveReport,
  UndeliveredObject,
} from '../../shared/parking/kinesis-event.ts';
import type { LineGroup } from '../../shared/record/lines.ts';

/** One record of the event and how many of its lines are still unsettled. */
export interface RecordProgress {
  readonly source: KinesisEventRecord;
  readonly position: number;
  readonly arrivalMs: number;
  /** Lines of all agents in it; until a record is decoded it counts as one unsettled line. */
  lines: number;
  unsettled: number;
  /** Our own code for what keeps its lines from being settled; undefined where nothing of them was tried. */
  trouble: string | undefined;
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
    trouble: undefined,
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

/** Tells redrive of every record that holds an unsettled line: of an object, those that are delivered are taken out. */
export function redriveReportOf(
  records: readonly RecordProgress[],
  { origins, garbled }: RedriveEvent,
): RedriveReport {
  const byObject = new Map<number, { readonly records: number[]; reason: string | undefined }>();
  const left = records.filter(({ unsettled }) => unsettled > 0);
  for (const { position, trouble } of left) {
    const { object, record } = origins[position] ?? { object: 0, record: position };
    const entry = byObject.get(object) ?? { records: [], reason: undefined };
    byObject.set(object, entry);
    entry.records.push(record);
    entry.reason ??= trouble;
  }
  const undelivered: UndeliveredObject[] = [...byObject].map(([object, { records: places, reason }]) => ({
    object,
    records: places,
    reason: reason ?? 'not-tried',
  }));
  return {
    // For a redrive of before this report: it goes by the first of these.
    batchItemFailures: left.map(({ source }) => ({ itemIdentifier: source.kinesis.sequenceNumber })),
    undelivered: [...undelivered, ...garbled.map((object) => ({ object, records: [], reason: 'garbled' }))],
  };
}
