import { createHash } from 'node:crypto';

/**
 * Aggregates of the Kinesis Producer Library: a magic number, one protobuf message, the MD5 of the message.
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
const MAGIC = 0xf3899ac2;
const MAGIC_BYTES = 4;
const MD5_BYTES = 16;
/** Most partition keys in an aggregate's table: each becomes a string, which takes more memory than its bytes. */
export const MAX_PARTITION_KEYS = 65_536;

// Field numbers of the message, and of a record in it.
const PARTITION_KEY_TABLE = 1;
const RECORDS = 3;
const RECORD_PARTITION_KEY_INDEX = 1;
const RECORD_DATA = 3;

// https://protobuf.dev/programming-guides/encoding/#structure
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const MAX_VARINT_BYTES = 10;

/** Whether the data begins with the magic number of an aggregate. */
export function isAggregate(data: Buffer): boolean {
  return data.length >= MAGIC_BYTES && data.readUInt32BE(0) === MAGIC;
}

/**
 * Calls `record` with the data and partition key of each record in an aggregate, until it returns false. Returns false
 * if it did, or if the aggregate is corrupt.
 */
export function readAggregate(
  data: Buffer,
  record: (data: Buffer, partitionKey: string) => boolean,
): boolean {
  const message = data.subarray(MAGIC_BYTES, -MD5_BYTES);
  if (data.length < MAGIC_BYTES + MD5_BYTES || !md5(message)?.equals(data.subarray(-MD5_BYTES))) return false;
  const partitionKeys: string[] = [];
  const hasTable = readFields(message, ({ number, bytes }) => {
    if (number === PARTITION_KEY_TABLE && bytes !== undefined) partitionKeys.push(bytes.toString());
    return partitionKeys.length <= MAX_PARTITION_KEYS;
  });
  let corrupt = false;
  const whole = readFields(message, ({ number, bytes }) => {
    if (number !== RECORDS) return true;
    const inner = bytes && readRecord(bytes);
    const partitionKey = inner && partitionKeys[inner.partitionKeyIndex];
    if (inner === undefined || partitionKey === undefined) corrupt = true;
    return inner !== undefined && partitionKey !== undefined && record(inner.data, partitionKey);
  });
  return hasTable && whole && !corrupt;
}

/** Undefined if the runtime does not allow MD5 (FIPS mode). */
function md5(message: Buffer): Buffer | undefined {
  try {
    return createHash('md5').update(message).digest();
  } catch {
    return undefined;
  }
}

function readRecord(
  bytes: Buffer,
): { readonly partitionKeyIndex: number; readonly data: Buffer } | undefined {
  let partitionKeyIndex: number | undefined;
  let data: Buffer | undefined;
  const whole = readFields(bytes, (field) => {
    if (field.number === RECORD_PARTITION_KEY_INDEX) partitionKeyIndex = field.value;
    if (field.number === RECORD_DATA) data = field.bytes;
    return true;
  });
  return whole && partitionKeyIndex !== undefined && data !== undefined
    ? { partitionKeyIndex, data }
    : undefined;
}

interface Field {
  readonly number: number;
  /** Set for a varint. */
  readonly value?: number;
  /** Set for a length-delimited field. */
  readonly bytes?: Buffer;
}

/** Calls `field` with each field of a message, until it returns false. False if it did, or if the message is malformed. */
function readFields(message: Buffer, field: (field: Field) => boolean): boolean {
  let at = 0;
  while (at < message.length) {
    const tag = varintAt(message, at);
    if (tag === undefined) return false;
    const number = Math.floor(tag.value / 8);
    const read = fieldAt(message, tag.end, tag.value % 8);
    if (read === undefined || read.end > message.length) return false;
    at = read.end;
    if (!field({ number, ...read.content })) return false;
  }
  return true;
}

interface ReadField {
  readonly content: Omit<Field, 'number'>;
  readonly end: number;
}

function fieldAt(message: Buffer, at: number, wireType: number): ReadField | undefined {
  if (wireType === FIXED_64) return { content: {}, end: at + 8 };
  if (wireType === FIXED_32) return { content: {}, end: at + 4 };
  if (wireType !== VARINT && wireType !== LENGTH_DELIMITED) return undefined;
  const varint = varintAt(message, at);
  if (varint === undefined) return undefined;
  if (wireType === VARINT) return { content: { value: varint.value }, end: varint.end };
  const end = varint.end + varint.value;
  return { content: { bytes: message.subarray(varint.end, end) }, end };
}

/** Undefined if the varint does not end, or is larger than a safe integer. */
function varintAt(message: Buffer, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let i = 0; i < MAX_VARINT_BYTES; i += 1) {
    const byte = message[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, end: at + i + 1 } : undefined;
  }
  return undefined;
}
