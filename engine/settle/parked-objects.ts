import { groupBy } from '../../shared/base/group-by.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { agentObjectBody, type ParkingReason } from '../../shared/parking/object-body.ts';
import { agentObjectKey } from '../../shared/parking/object-key.ts';
import { compressPayloadSync } from '../../shared/record/encode.ts';
import { foreignRecordOf, ownRecordOf } from '../../shared/record/reencode.ts';
import type { RecordProgress, SegmentLines } from '../decode/progress.ts';

/** One object for the parking bucket. */
export interface ParkedObject {
  readonly key: string;
  readonly lines: number;
  /** JSON, uncompressed: an event that a function takes as it is. */
  readonly body: string;
}

/** Under what its function's payload may be (6 MB), with room for what redrive adds. */
const MAX_OBJECT_BYTES = 4 * 1024 * 1024;

/** A record of foreign lines larger than this is compressed. */
const MAX_PLAIN_BYTES = 256 * 1024;

interface ParkedRecord {
  readonly source: KinesisEventRecord;
  readonly arrivalMs: number;
  readonly firstLine: number;
  readonly lines: number;
}

/** The record cut down: it keeps its names and time, and its lines their numbers. */
function withData({ source }: RecordProgress, data: Buffer): KinesisEventRecord {
  return { ...source, kinesis: { ...source.kinesis, data: data.toString('base64') } };
}

/** A record of which all lines are parked stays as it is, byte for byte; of another only those lines are kept. */
function parkedRecords(record: RecordProgress, ranges: readonly SegmentLines[]): ParkedRecord[] {
  const lines = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const base = { arrivalMs: record.arrivalMs, firstLine: firstLineOf(ranges) };
  if (lines === record.lines) return [{ ...base, source: record.source, lines }];
  const records: ParkedRecord[] = ranges
    .filter(({ segment }) => segment.own)
    .map(({ segment, from, to }) => ({
      ...base,
      source: withData(record, ownRecordOf(segment.group, from, to)),
      lines: to - from,
    }));
  const foreign = ranges.filter(({ segment }) => !segment.own);
  if (foreign.length > 0) {
    const json = foreignRecordOf(
      foreign.map(({ segment, from, to }) => ({ group: segment.group, from, to })),
    );
    // Ids repeat with each line there, and the object has to fit into a function's payload again.
    const data = json.length > MAX_PLAIN_BYTES ? compressPayloadSync(json) : json;
    const foreignLines = foreign.reduce((sum, { from, to }) => sum + to - from, 0);
    records.push({ ...base, source: withData(record, data), lines: foreignLines });
  }
  return records;
}

function firstLineOf(ranges: readonly SegmentLines[]): number {
  return ranges.reduce((first, { segment, from }) => Math.min(first, segment.group.seq + from), Infinity);
}

export interface ParkedObjectsOptions {
  readonly kind: 'parked' | 'rejected';
  readonly destination: string;
  readonly agentId: string;
  readonly why: ParkingReason;
}

/**
 * The agent's lines as one object, or as several where one would be too large for a function to take back. Each is named
 * by the first of its records in the stream: a repeat that begins later makes another object, and one that overwrites it
 * has had all of its lines again.
 */
export function parkedObjects(lines: readonly SegmentLines[], options: ParkedObjectsOptions): ParkedObject[] {
  const inStreamOrder = lines.toSorted((a, b) => a.segment.record.position - b.segment.record.position);
  const byRecord = groupBy(inStreamOrder, ({ segment }) => String(segment.record.position));
  const objects: ParkedObject[] = [];
  let batch: ParkedRecord[] = [];
  let bytes = 0;
  const close = (): void => {
    if (batch.length > 0) objects.push(objectOf(batch, options));
    batch = [];
    bytes = 0;
  };
  for (const ranges of byRecord.values()) {
    const record = ranges[0]?.segment.record;
    if (record === undefined) continue;
    const parked = parkedRecords(record, ranges);
    const size = parked.reduce((sum, { source }) => sum + JSON.stringify(source).length, 0);
    if (bytes + size > MAX_OBJECT_BYTES) close();
    // One by one: a call takes no hundred thousand arguments.
    for (const one of parked) batch.push(one);
    bytes += size;
  }
  close();
  return objects;
}

function objectOf(records: readonly ParkedRecord[], options: ParkedObjectsOptions): ParkedObject {
  const [first] = records;
  if (first === undefined) throw new RangeError('A parked object holds at least one record.');
  const { arrivalMs, firstLine } = first;
  const { sequenceNumber } = first.source.kinesis;
  const lines = records.reduce((sum, record) => sum + record.lines, 0);
  return {
    key: agentObjectKey({ ...options, arrivalMs, sequenceNumber, firstLine }),
    lines,
    body: agentObjectBody({ ...options, lines, records: records.map(({ source }) => source) }),
  };
}
