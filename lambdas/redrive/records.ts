import { gzipSync } from 'node:zlib';
import { groupBy } from '../../shared/base/group-by.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import type { Decoded } from '../../shared/record/lines.ts';
import { MAX_PAYLOAD_BYTES } from './functions.ts';

function decode({ kinesis }: KinesisEventRecord): Decoded {
  const arrivalMs = Math.round(kinesis.approximateArrivalTimestamp * 1000);
  return decodeRecord(Buffer.from(kinesis.data, 'base64'), { partitionKey: kinesis.partitionKey, arrivalMs });
}

/** Lines in the records; one that cannot be read counts as one. */
export function linesIn(records: readonly KinesisEventRecord[]): number {
  return records.reduce((sum, record) => {
    const decoded = decode(record);
    if (decoded.kind === 'unreadable') return sum + 1;
    return sum + decoded.groups.reduce((lines, { count }) => lines + count, 0);
  }, 0);
}

/** The agent whose lines a record holds; '' for a record of several, or one that cannot be read. */
function agentOf(record: KinesisEventRecord): string {
  const decoded = decode(record);
  const agents = new Set(decoded.kind === 'lines' ? decoded.groups.map(({ agentId }) => agentId) : []);
  const [agent = ''] = agents;
  return agents.size === 1 ? agent : '';
}

/** By agent, so that what one agent's service refuses does not make the others' lines come again. */
export function byAgent(records: readonly KinesisEventRecord[]): readonly (readonly KinesisEventRecord[])[] {
  return [...groupBy(records, agentOf).values()];
}

/** Without what delivery does not read: the event that a function was once given has to fit again, and a bit more. */
function slim({ kinesis, eventID }: KinesisEventRecord): KinesisEventRecord {
  const { partitionKey, sequenceNumber, data, approximateArrivalTimestamp } = kinesis;
  const head = partitionKey === undefined ? {} : { partitionKey };
  return { kinesis: { ...head, sequenceNumber, approximateArrivalTimestamp, data }, eventID };
}

/** Lines that were cut out of compressed records can be more than fits: compressed again they are as good. */
function compressed({ kinesis, ...rest }: KinesisEventRecord): KinesisEventRecord {
  const data = gzipSync(Buffer.from(kinesis.data, 'base64')).toString('base64');
  return { ...rest, kinesis: { ...kinesis, data } };
}

/** One event for a destination's function. */
export interface EventSlice {
  readonly records: readonly KinesisEventRecord[];
  /** JSON. */
  readonly payload: string;
}

const ENVELOPE_BYTES = 100;

/** Records as few events, in order; a record that fits into none makes the piece `undefined`. */
export function* slicesOf(
  records: readonly KinesisEventRecord[],
  { rejected, maxBytes = MAX_PAYLOAD_BYTES }: { readonly rejected: boolean; readonly maxBytes?: number },
): Generator<EventSlice | undefined> {
  const limit = maxBytes - ENVELOPE_BYTES;
  let batch: KinesisEventRecord[] = [];
  let texts: string[] = [];
  let bytes = 0;
  const close = (): EventSlice => {
    const flag = rejected ? ',"rejected":true' : '';
    const piece = { records: batch, payload: `{"redrive":true${flag},"Records":[${texts.join(',')}]}` };
    [batch, texts, bytes] = [[], [], 0];
    return piece;
  };
  for (const record of records) {
    const text = fitting(record, limit);
    const size = text === undefined ? 0 : Buffer.byteLength(text) + 1;
    if (batch.length > 0 && (text === undefined || bytes + size > limit)) yield close();
    if (text === undefined) {
      yield undefined;
      continue;
    }
    batch.push(record);
    texts.push(text);
    bytes += size;
  }
  if (batch.length > 0) yield close();
}

function fitting(record: KinesisEventRecord, limit: number): string | undefined {
  const slimmed = slim(record);
  const text = JSON.stringify(slimmed);
  if (Buffer.byteLength(text) < limit) return text;
  const smaller = JSON.stringify(compressed(slimmed));
  return Buffer.byteLength(smaller) < limit ? smaller : undefined;
}
