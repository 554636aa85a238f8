import { CLIENT } from '../../shared/base/version.ts';
import {
  type Compressor,
  createCompressor as createPooledCompressor,
} from '../../shared/record/compressor.ts';
import { type PlainRecord, recordHead, recordPayload, splitRecord } from '../../shared/record/encode.ts';
import { RECORD_VERSION, type RecordHeader } from '../../shared/record/format.ts';
import type { Batch } from './batch.ts';

/** Kinesis accepts records of up to 1 MiB, partition key included: docs.aws.amazon.com/streams, "Quotas and limits". */
export const MAX_KINESIS_RECORD_BYTES = 1024 * 1024;
/** More would keep the thread pool from copying the agent's output to our own. */
const MAX_PARALLEL = 2;

/** Who writes the records; `workerId` is the partition key too. */
export interface AgentIdentity {
  readonly agentId: string;
  readonly workerId: string;
  readonly boot: string;
}

/** Consecutive lines, of a batch or a record: number of the first since the shipper's start, and how many. */
export interface NumberedLines {
  readonly seq: number;
  readonly lines: number;
}

/** A record as it goes into the stream. */
export interface EncodedRecord extends NumberedLines {
  readonly data: Buffer;
}

export interface RecordEncoderOptions {
  readonly identity: AgentIdentity;
  /** Bytes of agent output that may wait for compression, while dropping is on. */
  readonly maxWaitingBytes: number;
  /** Gets the records in the batches' order. */
  readonly onRecord: (record: EncodedRecord) => void;
  readonly onLost: (lost: NumberedLines) => void;
  /** Makes what compresses a record; default: zstd or gzip on the thread pool. */
  readonly createCompressor?: (() => Compressor) | undefined;
}

/** Compresses batches into records, on the thread pool; the records come out in order. */
export interface RecordEncoder {
  readonly push: (batch: Batch) => void;
  readonly waitingBytes: () => number;
  /** Lines of batches that are not records yet. */
  readonly waitingLines: () => number;
  /** Whether the oldest batches that wait are dropped past `maxWaitingBytes`. At first it is off. */
  readonly setDropping: (dropping: boolean) => void;
}

export function createRecordEncoder(options: RecordEncoderOptions): RecordEncoder {
  const { identity, maxWaitingBytes, onRecord, onLost, createCompressor = createPooledCompressor } = options;
  const queue: Batch[] = [];
  let dropping = false;
  let waitingBytes = 0;
  let waitingLines = 0;
  const idleCompressors = Array.from({ length: MAX_PARALLEL }, createCompressor);
  let lastEncoded: Promise<void> = Promise.resolve();

  const isOverLimit = (): boolean => dropping && waitingBytes > maxWaitingBytes;

  const subtract = (batch: Batch): void => {
    waitingBytes -= batch.body.length;
    waitingLines -= batch.lines;
  };

  const encode = async (batch: Batch, compress: Compressor, before: Promise<void>): Promise<void> => {
    const records = await encodeBatch(identity, batch, compress);
    batch.release();
    idleCompressors.push(compress);
    startNext();
    await before;
    subtract(batch);
    for (const { data, ...lines } of records) {
      if (data === undefined) onLost(lines);
      else onRecord({ ...lines, data });
    }
  };

  const dropOldest = (): void => {
    while (isOverLimit()) {
      const oldest = queue.shift();
      if (oldest === undefined) return;
      subtract(oldest);
      oldest.release();
      onLost(oldest);
    }
  };

  const startNext = (): void => {
    for (let batch = queue[0]; batch !== undefined; batch = queue[0]) {
      const compress = idleCompressors.pop();
      if (compress === undefined) return;
      queue.shift();
      lastEncoded = encode(batch, compress, lastEncoded);
    }
  };

  return {
    push: (batch) => {
      queue.push(batch);
      waitingBytes += batch.body.length;
      waitingLines += batch.lines;
      startNext();
      dropOldest();
    },
    waitingBytes: () => waitingBytes,
    waitingLines: () => waitingLines,
    setDropping: (value) => {
      dropping = value;
      dropOldest();
    },
  };
}

/** `data` is undefined for a line that does not fit into any record. */
type EncodedLines = NumberedLines & { readonly data: Buffer | undefined };

async function encodeBatch(
  { agentId, workerId, boot }: AgentIdentity,
  batch: Batch,
  compress: Compressor,
): Promise<readonly EncodedLines[]> {
  const header: RecordHeader = {
    log_drain: RECORD_VERSION,
    agent_id: agentId,
    worker_id: workerId,
    boot,
    seq: batch.seq,
    runs: batch.runs,
    from: CLIENT,
  };
  const payload = payloadInPlace(header, batch.body);
  const maxBytes = MAX_KINESIS_RECORD_BYTES - workerId.length;
  return encodeRecord({ header, body: batch.body, payload }, { compress, maxBytes });
}

/** Like `recordPayload`, but the header is written into the room before the body. */
function payloadInPlace(header: RecordHeader, { buffer, byteOffset, length }: Buffer): Buffer {
  const head = recordHead(header);
  const payload = Buffer.from(buffer, byteOffset - head.length, head.length + length);
  head.copy(payload);
  return payload;
}

interface RecordPayload extends PlainRecord {
  readonly payload: Buffer;
}

interface EncodeLimits {
  readonly compress: Compressor;
  readonly maxBytes: number;
}

async function encodeRecord(
  { header, body, payload }: RecordPayload,
  { compress, maxBytes }: EncodeLimits,
): Promise<readonly EncodedLines[]> {
  // If the codec fails for lack of memory the record is sent uncompressed. It is a copy: the payload's memory is reused.
  const data = await compress(payload).catch(() => Buffer.from(payload));
  const lines = header.runs.reduce((sum, run) => sum + run[2], 0);
  if (data.length <= maxBytes) return [{ seq: header.seq, lines, data }];
  const halves = splitRecord(header, body);
  if (halves === undefined) return [{ seq: header.seq, lines, data: undefined }];
  const encoded: EncodedLines[] = [];
  for (const half of halves) {
    const halfPayload = recordPayload(half.header, [half.body]);
    encoded.push(...(await encodeRecord({ ...half, payload: halfPayload }, { compress, maxBytes })));
  }
  return encoded;
}
