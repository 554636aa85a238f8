import { groupBy } from '../../shared/base/group-by.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { agentObjectBody, type ParkingReason } from '../../shared/parking/object-body.ts';
import { agentObjectKey } from '../../shared/parking/object-key.ts';
import { foreignDataOf, ownRecordOf } from '../../shared/record/reencode.ts';
import { countLines, type RecordProgress, type SegmentLines } from '../decode/progress.ts';

/** One object for the parking bucket. */
export interface ParkedObject {
  readonly key: string;
  /** All lines that are in it. */
  readonly holds: readonly SegmentLines[];
  /** JSON, uncompressed: an event that a function takes as it is. */
  readonly body: string;
}

/** Under what its function's payload may be (6 MB), with room for what redrive adds. */
const MAX_OBJECT_BYTES = 4 * 1024 * 1024;

interface ParkedRecord {
  readonly source: KinesisEventRecord;
  readonly holds: readonly SegmentLines[];
}

/** The record cut down: it keeps its names and time, and its lines their numbers. */
function withData({ source }: RecordProgress, data: Buffer): KinesisEventRecord {
  return { ...source, kinesis: { ...source.kinesis, data: data.toString('base64') } };
}

/** A record of which all lines are parked stays as it is, byte for byte; of another only those lines are kept. */
function parkedRecords(record: RecordProgress, ranges: readonly SegmentLines[]): ParkedRecord[] {
  if (countLines(ranges) === record.lines) return [{ source: record.source, holds: ranges }];
  const records: ParkedRecord[] = ranges
    .filter(({ segment }) => segment.own)
    .map((range) => ({
      source: withData(record, ownRecordOf(range.segment.group, range.from, range.to)),
      holds: [range],
    }));
  const foreign = ranges.filter(({ segment }) => !segment.own);
  if (foreign.length > 0) {
    const data = foreignDataOf(foreign.map(({ segment, from, to }) => ({ group: segment.group, from, to })));
    records.push({ source: withData(record, data), holds: foreign });
  }
  return records;
}

export interface ParkedObjectsOptions {
  readonly kind: 'parked' | 'rejected';
  readonly destination: string;
  readonly agentId: string;
  readonly why: ParkingReason;
}

/** The agent's lines as one object, or as several where one would be too large for a function to take back. */
export function* parkedObjects(
  lines: readonly SegmentLines[],
  options: ParkedObjectsOptions,
): Generator<ParkedObject> {
  const inStreamOrder = lines.toSorted((a, b) => a.segment.record.position - b.segment.record.position);
  let batch: ParkedRecord[] = [];
  let bytes = 0;
  for (const ranges of groupBy(inStreamOrder, ({ segment }) => String(segment.record.position)).values()) {
    const record = ranges[0]?.segment.record;
    for (const parked of record === undefined ? [] : parkedRecords(record, ranges)) {
      const size = JSON.stringify(parked.source).length;
      if (batch.length > 0 && bytes + size > MAX_OBJECT_BYTES) {
        yield objectOf(batch, options);
        [batch, bytes] = [[], 0];
      }
      batch.push(parked);
      bytes += size;
    }
  }
  if (batch.length > 0) yield objectOf(batch, options);
}

function objectOf(records: readonly ParkedRecord[], options: ParkedObjectsOptions): ParkedObject {
  const holds = records.flatMap((record) => record.holds);
  const arrivalMs = holds[0]?.segment.record.arrivalMs ?? 0;
  const names = holds.map(({ segment: { boot, group }, from, to }) => ({
    boot,
    from: group.seq + from,
    to: group.seq + to,
  }));
  return {
    key: agentObjectKey({ ...options, arrivalMs, holds: names }),
    holds,
    body: agentObjectBody({
      ...options,
      lines: countLines(holds),
      records: records.map(({ source }) => source),
    }),
  };
}
