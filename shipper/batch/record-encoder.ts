import { CLIENT } from '../../shared/base/version.ts';
import { type Compressor, createCompressor } from '../../shared/record/compressor.ts';
import { type PlainRecord, recordHead, recordPayload, splitRecord } from '../../shared/record/encode.ts';
import { RECORD_VERSION, type RecordHeader } from '../../shared/record/format.ts';
import type { Batch } from './batch.ts';

/** Kinesis takes a record of up to 1 MiB, its partition key included: docs.aws.amazon.com/streams, "Quotas and limits". */
export const MAX_KINESIS_RECORD_BYTES = 1024 * 1024;
/** More would take the thread pool from the copy to our own output. */
const PARALLEL_JOBS = 2;

/** Who writes the records; `workerId` is the partition key too. */
export interface Source {
  readonly agentId: string;
  readonly workerId: string;
  readonly boot: string;
}

/** Lines that have numbers: those of a batch or of a record. */
export interface NumberedLines {
  readonly seq: number;
  readonly lines: number;
}

/** A record as it goes into the stream. */
export interface PackedRecord extends NumberedLines {
  readonly data: Buffer;
}

export interface PackerOptions {
  readonly source: Source;
  /** Bytes of agent output that may wait for compression. */
  readonly maxWaitingBytes: number;
  /** Drops the oldest waiting batch past that, rather than rely on being told when to stop. */
  readonly dropWhenFull: boolean;
  /** Gets the records in the batches' order. */
  readonly onRecord: (record: PackedRecord) => void;
  readonly onLost: (lost: NumberedLines) => void;
}

/** Compresses batches into records on the thread pool, in order. */
export interface Packer {
  readonly push: (batch: Batch) => void;
  readonly waitingBytes: () => number;
  /** Lines of batches that are not records yet. */
  readonly waitingLines: () => number;
  /** From now on nothing is dropped: what waits is all there will be. */
  readonly seal: () => void;
}

export function createPacker(options: PackerOptions): Packer {
  const { source, maxWaitingBytes, onRecord, onLost } = options;
  const queue: Batch[] = [];
  let dropping = options.dropWhenFull;
  let waitingBytes = 0;
  let waitingLines = 0;
  const idle = Array.from({ length: PARALLEL_JOBS }, createCompressor);
  let delivered: Promise<void> = Promise.resolve();

  const tooMuch = (): boolean => dropping && waitingBytes > maxWaitingBytes;

  const leave = (batch: Batch): void => {
    waitingBytes -= batch.body.length;
    waitingLines -= batch.lines;
  };

  const deliver = async (batch: Batch, compress: Compressor, before: Promise<void>): Promise<void> => {
    const records = await pack(source, batch, compress);
    batch.release();
    idle.push(compress);
    startJobs();
    await before;
    leave(batch);
    for (const { data, ...lines } of records) {
      if (data === undefined) onLost(lines);
      else onRecord({ ...lines, data });
    }
  };

  const startJobs = (): void => {
    for (let batch = queue[0]; batch !== undefined; batch = queue[0]) {
      const compress = idle.pop();
      if (compress === undefined) return;
      queue.shift();
      delivered = deliver(batch, compress, delivered);
    }
  };

  return {
    push: (batch) => {
      queue.push(batch);
      waitingBytes += batch.body.length;
      waitingLines += batch.lines;
      startJobs();
      while (tooMuch()) {
        const oldest = queue.shift();
        if (oldest === undefined) return;
        leave(oldest);
        oldest.release();
        onLost(oldest);
      }
    },
    waitingBytes: () => waitingBytes,
    waitingLines: () => waitingLines,
    seal: () => {
      dropping = false;
    },
  };
}

/** `data` is undefined for a line that fits no record. */
type Packed = NumberedLines & { readonly data: Buffer | undefined };

async function pack(
  { agentId, workerId, boot }: Source,
  batch: Batch,
  compress: Compressor,
): Promise<readonly Packed[]> {
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
  return packRecord({ header, body: batch.body, payload }, { compress, maxBytes });
}

/** As recordPayload, the header being written into the room before the body. */
function payloadInPlace(header: RecordHeader, { buffer, byteOffset, length }: Buffer): Buffer {
  const head = recordHead(header);
  const payload = Buffer.from(buffer, byteOffset - head.length, head.length + length);
  head.copy(payload);
  return payload;
}

interface Unpacked extends PlainRecord {
  readonly payload: Buffer;
}

interface Packing {
  readonly compress: Compressor;
  readonly maxBytes: number;
}

async function packRecord(
  { header, body, payload }: Unpacked,
  { compress, maxBytes }: Packing,
): Promise<readonly Packed[]> {
  // A record may go uncompressed as well, should the codec fail for want of memory; the payload's will be used again.
  const data = await compress(payload).catch(() => Buffer.from(payload));
  const lines = header.runs.reduce((sum, run) => sum + run[2], 0);
  if (data.length <= maxBytes) return [{ seq: header.seq, lines, data }];
  const halves = splitRecord(header, body);
  if (halves === undefined) return [{ seq: header.seq, lines, data: undefined }];
  const packed: Packed[] = [];
  for (const half of halves) {
    const halfPayload = recordPayload(half.header, [half.body]);
    packed.push(...(await packRecord({ ...half, payload: halfPayload }, { compress, maxBytes })));
  }
  return packed;
}
