import { createHash } from 'node:crypto';

/**
 * A record in a file of the spool: magic, the partition key's length (1 byte), the number of lines and the data's
 * length (4 bytes each), the key, the data, and SHA-256 of everything before it. Numbers are big-endian.
 */

const MAGIC = Buffer.from('LDSPOOL1');
const KEY_LENGTH_AT = MAGIC.length;
const LINES_AT = KEY_LENGTH_AT + 1;
const DATA_LENGTH_AT = LINES_AT + 4;
const HEADER_BYTES = DATA_LENGTH_AT + 4;
const CHECKSUM_BYTES = 32;

export interface SpoolFileContent {
  /** ASCII, at most 255 characters: the worker's id. */
  readonly partitionKey: string;
  readonly lines: number;
  /** The record as it goes into the stream. */
  readonly data: Buffer;
}

/** The file's bytes, in parts. */
export function encodeSpoolFile({ partitionKey, lines, data }: SpoolFileContent): readonly Buffer[] {
  const key = Buffer.from(partitionKey, 'latin1');
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt8(key.length, KEY_LENGTH_AT);
  header.writeUInt32BE(lines, LINES_AT);
  header.writeUInt32BE(data.length, DATA_LENGTH_AT);
  const parts = [header, key, data];
  return [...parts, checksum(parts)];
}

/** Undefined if the file is incomplete, damaged, or not one of ours. */
export function decodeSpoolFile(file: Buffer): SpoolFileContent | undefined {
  if (file.length < HEADER_BYTES + CHECKSUM_BYTES || !file.subarray(0, MAGIC.length).equals(MAGIC)) {
    return undefined;
  }
  const keyEnd = HEADER_BYTES + file.readUInt8(KEY_LENGTH_AT);
  const dataEnd = keyEnd + file.readUInt32BE(DATA_LENGTH_AT);
  if (file.length !== dataEnd + CHECKSUM_BYTES) return undefined;
  if (!checksum([file.subarray(0, dataEnd)]).equals(file.subarray(dataEnd))) return undefined;
  return {
    partitionKey: file.toString('latin1', HEADER_BYTES, keyEnd),
    lines: file.readUInt32BE(LINES_AT),
    data: file.subarray(keyEnd, dataEnd),
  };
}

function checksum(parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
