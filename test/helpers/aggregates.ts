import { createHash } from 'node:crypto';

/** Writes aggregates as the Kinesis Producer Library does. */
export interface SubRecord {
  readonly data: Buffer | string;
  /** Index into the table of partition keys; default 0. */
  readonly key?: number;
}

export const MAGIC = Buffer.from('f3899ac2', 'hex');

export function aggregate(keys: readonly string[], records: readonly SubRecord[]): Buffer {
  const message = Buffer.concat([
    ...keys.map((key) => field(1, Buffer.from(key))),
    ...records.map(({ data, key = 0 }) =>
      field(3, Buffer.concat([Buffer.from([0x08]), varint(key), field(3, Buffer.from(data))])),
    ),
  ]);
  return sealed(message);
}

/** Any bytes with an aggregate's magic number and a right checksum. */
export function sealed(message: Buffer): Buffer {
  return Buffer.concat([MAGIC, message, createHash('md5').update(message).digest()]);
}

export function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
