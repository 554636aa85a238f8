import { groupBy } from '../../shared/base/group-by.ts';
import { checkedDestinationId } from '../../shared/parking/destination-id.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { compressPayloadSync } from '../../shared/record/encode.ts';
import { foreignRecordOf, ownRecordOf } from '../../shared/record/reencode.ts';
import type { RecordProgress, SegmentLines } from '../decode/progress.ts';

export interface ParkingReason {
  /** Our own code. */
  readonly reason: string;
  /** The service's words, already fit to keep. */
  readonly answer: string | undefined;
}

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

/** `<yyyy>/<mm>/<dd>/<arrival ms>-<sequence number>`: the same lines get the same name, so a repeat overwrites. */
export function objectName(arrivalMs: number, sequenceNumber: string): string {
  const day = new Date(arrivalMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/${arrivalMs}-${sequenceNumber}`;
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
  const { kind, destination, agentId, why } = options;
  const first = records[0];
  if (first === undefined) throw new RangeError('A parked object holds at least one record.');
  const name = objectName(first.arrivalMs, first.source.kinesis.sequenceNumber);
  // Of one record, lines may be rejected at different times: their number keeps the objects apart.
  const suffix = kind === 'rejected' ? `-${first.firstLine}` : '';
  const lines = records.reduce((sum, record) => sum + record.lines, 0);
  return {
    key: `${kind}/${checkedDestinationId(destination)}/${agentId}/${name}${suffix}.json`,
    lines,
    body: JSON.stringify({
      version: 1,
      redrive: true,
      ...(kind === 'rejected' ? { rejected: true } : {}),
      destination,
      agent_id: agentId,
      reason: why.reason,
      ...(why.answer === undefined ? {} : { answer: why.answer }),
      lines,
      Records: records.map(({ source }) => source),
    }),
  };
}
