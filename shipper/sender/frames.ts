/**
 * How records travel from the shipper's main process to its sender: id, number of lines and length as 32-bit numbers,
 * then the data.
 */

const HEADER_BYTES = 12;
/** No record is larger than Kinesis takes; a length beyond means that the two sides are out of step. */
const MAX_DATA_BYTES = 16 * 1024 * 1024;

export interface Frame {
  readonly id: number;
  readonly lines: number;
  readonly data: Buffer;
}

/** Ids are taken modulo 2^32. */
export function frameHeader({ id, lines, data }: Frame): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(id >>> 0, 0);
  header.writeUInt32BE(lines, 4);
  header.writeUInt32BE(data.length, 8);
  return header;
}

/** Returns a function that takes the pipe's chunks and calls `onFrame` for each whole frame. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let wantedBytes = HEADER_BYTES;

  return (chunk) => {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < wantedBytes) return;
    let rest = held.length === 1 ? chunk : Buffer.concat(held);
    wantedBytes = HEADER_BYTES;
    while (rest.length >= wantedBytes) {
      const dataBytes = rest.readUInt32BE(8);
      if (dataBytes > MAX_DATA_BYTES) throw new Error('frame out of step');
      wantedBytes = HEADER_BYTES + dataBytes;
      if (rest.length < wantedBytes) break;
      const data = rest.subarray(HEADER_BYTES, wantedBytes);
      onFrame({ id: rest.readUInt32BE(0), lines: rest.readUInt32BE(4), data });
      rest = rest.subarray(wantedBytes);
      wantedBytes = HEADER_BYTES;
    }
    held = rest.length === 0 ? [] : [rest];
    heldBytes = rest.length;
  };
}
