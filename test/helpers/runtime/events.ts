import { randomBytes } from 'node:crypto';
import type { KinesisEventRecord } from '../../../shared/parking/kinesis-event.ts';
import { decodeRecord } from '../../../shared/record/decode.ts';
import { compressPayloadSync, recordPayload } from '../../../shared/record/encode.ts';
import { type WireRun } from '../../../shared/record/format.ts';
import { headerWith, seen } from '../records.ts';
import { MAX_PAYLOAD_BYTES } from './api.ts';

/** A Kinesis event as the mapping makes it. */
export interface KinesisEvent {
  readonly Records: readonly KinesisEventRecord[];
}

/** One worker's lines to come; numbers go on from record to record. */
export interface Worker {
  readonly agentId: string;
  readonly workerId: string;
  seq: number;
}

export function createWorker(agentId: string, workerId: string): Worker {
  return { agentId, workerId, seq: 0 };
}

let records = 0;

/** An event's record around the given data, as it comes from a stream of one shard. */
export function eventRecord(data: Uint8Array, partitionKey: string): KinesisEventRecord {
  records += 1;
  const sequenceNumber = `4966${String(records).padStart(52, '0')}`;
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: Date.now() / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/log-drain',
    awsRegion: 'eu-central-1',
    eventSourceARN: 'arn:aws:kinesis:eu-central-1:000000000000:stream/log-drain',
  };
}

/** A record of a worker's next lines, as its shipper writes it. */
function lineRecord(worker: Worker, texts: readonly string[]): KinesisEventRecord {
  const { agentId, workerId, seq } = worker;
  const body = Buffer.from(texts.map((text) => `${text}\n`).join(''));
  const run: WireRun = [0, Date.now(), texts.length, body.length];
  const header = headerWith({ agent_id: agentId, worker_id: workerId, seq, runs: [run] });
  worker.seq += texts.length;
  return eventRecord(compressPayloadSync(recordPayload(header, [body])), workerId);
}

/** In every line that a test makes: nothing that a function prints may hold it. */
export const MARKER = 'marker-of-a-line';

/** A line with a name of its own, as an agent's JSON logger prints it; most of it does not compress. */
function namedLine({ agentId, workerId }: Worker, index: number, noiseBytes = 90): string {
  const message = `${MARKER}/${agentId}/${workerId}/${index}`;
  return JSON.stringify({ level: 'info', message, trace: randomBytes(noiseBytes).toString('base64') });
}

/** The name in the text of such a line. */
export function nameIn(text: string): string {
  return (JSON.parse(text) as { message: string }).message;
}

/** A record of a worker's next lines, each with a name of its own. */
export function namedRecord(worker: Worker, lines: number, noiseBytes?: number): KinesisEventRecord {
  return lineRecord(
    worker,
    Array.from({ length: lines }, (_, at) => namedLine(worker, worker.seq + at, noiseBytes)),
  );
}

/** Names of all lines in an event, in order. */
export function namesIn({ Records }: KinesisEvent): string[] {
  return Records.flatMap(({ kinesis }) =>
    seen(decodeRecord(Buffer.from(kinesis.data, 'base64'), { arrivalMs: 0 })).map(({ text }) => nameIn(text)),
  );
}

/** The largest event of a mapping: records up to the payload limit. */
export function fullEvent(makeRecord: () => KinesisEventRecord): KinesisEvent {
  const Records: KinesisEventRecord[] = [];
  let bytes = JSON.stringify({ Records }).length;
  for (;;) {
    const record = makeRecord();
    bytes += JSON.stringify(record).length + 1;
    if (bytes > MAX_PAYLOAD_BYTES) return { Records };
    Records.push(record);
  }
}

/** A block of a zstd frame holds at most this many bytes (RFC 8878 section 3.1.1.2.4). */
const ZSTD_BLOCK_BYTES = 128 * 1024;

/** The header of a block: last, type (0 raw, 1 one byte repeated), size; RFC 8878 section 3.1.1.2. */
function blockHeader(isLast: boolean, type: 0 | 1, size: number): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | Number(isLast), 0, 3);
  return header;
}

/** A zstd frame that swells 30,000 times: one byte again and again between a head and a tail. */
function swellingFrame(
  head: Buffer,
  { byte, count, tail }: { byte: number; count: number; tail: Buffer },
): Buffer {
  const frameHead = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000, 0, 0, 0, 0]);
  frameHead.writeUInt32LE(head.length + count + tail.length, 5);
  const blocks = [blockHeader(false, 0, head.length), head];
  for (let left = count; left > 0; left -= ZSTD_BLOCK_BYTES) {
    blocks.push(blockHeader(false, 1, Math.min(left, ZSTD_BLOCK_BYTES)), Buffer.from([byte]));
  }
  return Buffer.concat([frameHead, ...blocks, blockHeader(true, 0, tail.length), tail]);
}

/** A record of one or more lines that are one byte repeated; an LF makes as many blank lines. */
export function swellingRecord(
  worker: Worker,
  { byte, count }: { byte: number; count: number },
): KinesisEventRecord {
  const { agentId, workerId, seq } = worker;
  const isBlank = byte === 0x0a;
  const tail = Buffer.from(isBlank ? '' : '\n');
  const lines = isBlank ? count : 1;
  const run: WireRun = [0, Date.now(), lines, count + tail.length];
  const header = headerWith({ agent_id: agentId, worker_id: workerId, seq, runs: [run] });
  worker.seq += lines;
  return eventRecord(swellingFrame(recordPayload(header, []), { byte, count, tail }), workerId);
}
