/**
 * How records travel from the shipper's main process to its sender: id, number of lines and length as 32-bit numbers,
 * then the data.
 */

const HEADER_BYTES = 12;
/** No record is larger than Kinesis accepts; a greater length means that reader and writer are out of step. */
const MAX_DATA_BYTES = 16 * 1024 * 1024;

export interface Frame {
  readonly id: number;
  readonly lines: number;
  readonly data: Buffer;
}

/** The 12 bytes before a record's data. Ids are taken modulo 2^32. */
export function frameHeader({ id, lines, data }: Frame): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(id >>> 0, 0);
  header.writeUInt32BE(lines, 4);
  header.writeUInt32BE(data.length, 8);
  return header;
}

/** Lets a pipe be read directly into place: a record's data is in one piece without ever being copied. */
export interface FrameReader {
  /** Where the pipe's next bytes are to be put; never empty. */
  readonly space: () => Buffer;
  /** This many bytes have been put there. */
  readonly filled: (bytes: number) => void;
}

/** `onFrame` may keep a frame's data. */
export function createFrameReader(onFrame: (frame: Frame) => void): FrameReader {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  /** Undefined while the header is read. */
  let data: Buffer | undefined;
  /** What is still to be filled of the header or the data. */
  let space = header;

  const endPart = (): void => {
    const bytes = header.readUInt32BE(8);
    if (bytes > MAX_DATA_BYTES) throw new Error('frame out of step');
    if (data === undefined && bytes > 0) {
      space = data = Buffer.allocUnsafeSlow(bytes);
      return;
    }
    const whole = data ?? Buffer.alloc(0);
    space = header;
    data = undefined;
    onFrame({ id: header.readUInt32BE(0), lines: header.readUInt32BE(4), data: whole });
  };

  return {
    space: () => space,
    filled: (bytes) => {
      space = space.subarray(bytes);
      if (space.length === 0) endPart();
    },
  };
}
