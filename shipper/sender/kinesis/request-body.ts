import type { StreamAddress } from '../../protocol/messages.ts';

/** A record for PutRecords. */
export interface KeyedRecord {
  readonly data: Buffer;
  readonly partitionKey: string;
}

const HEAD = '{"Records":[{"Data":"';
const BETWEEN = '},{"Data":"';
/** Base64 is written in pieces this short (whole groups of 3 bytes): V8 maps fresh pages for a string above 128 KiB. */
const PIECE_BYTES = 24 * 1024;

/**
 * The body of a PutRecords call, AWS JSON 1.1 in UTF-8: docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html.
 * `acquire` gives the memory for it, of its exact size: the SDK's serializer would grow and copy its own and leave
 * garbage of many times the size. There must be at least one record.
 */
export function putRecordsBody(
  { name, arn }: StreamAddress,
  records: readonly KeyedRecord[],
  acquire: (bytes: number) => Buffer,
): Buffer {
  const keys = records.map(({ partitionKey }) => `","PartitionKey":${JSON.stringify(partitionKey)}`);
  const tail = `}],${JSON.stringify({ StreamName: name, StreamARN: arn }).slice(1)}`;
  const body = acquire(
    HEAD.length +
      BETWEEN.length * (records.length - 1) +
      records.reduce((sum, { data }) => sum + base64Length(data.length), 0) +
      keys.reduce((sum, key) => sum + Buffer.byteLength(key), 0) +
      Buffer.byteLength(tail),
  );
  let at = 0;
  for (const [place, { data }] of records.entries()) {
    at += body.write(place === 0 ? HEAD : BETWEEN, at, 'latin1');
    for (let from = 0; from < data.length; from += PIECE_BYTES) {
      at += body.write(data.toString('base64', from, from + PIECE_BYTES), at, 'latin1');
    }
    at += body.write(keys[place] ?? '', at);
  }
  body.write(tail, at);
  return body;
}

/** With padding: RFC 4648 §4. */
function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** A buffer for one body after the other; while it is in use, another body gets fresh memory. */
export interface BodyBuffer {
  readonly acquire: (bytes: number) => Buffer;
  /** Nobody reads this body any more. */
  readonly release: (body: Buffer) => void;
}

export function createBodyBuffer(): BodyBuffer {
  let spare: ArrayBuffer | undefined;
  return {
    acquire: (bytes) => {
      const reused = spare !== undefined && spare.byteLength >= bytes ? spare : undefined;
      if (reused === undefined) return Buffer.allocUnsafeSlow(bytes);
      spare = undefined;
      return Buffer.from(reused, 0, bytes);
    },
    release: ({ buffer }) => {
      if (spare === undefined || spare.byteLength < buffer.byteLength) spare = buffer as ArrayBuffer;
    },
  };
}
