/** RFC 8878, section 3.1.1: how a frame begins, read as a little-endian number. */
export const ZSTD_MAGIC = 0xfd2fb528;
/** The same of one whose content is to be passed over (section 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEADER_BYTES = 8;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;

/** What a frame's header says (RFC 8878, section 3.1.1.1). */
interface Header {
  readonly contentSizeFlag: number;
  readonly isSingleSegment: boolean;
  readonly hasChecksum: boolean;
  /** Where the size of the content stands. */
  readonly contentSizeAt: number;
}

function headerOf(frame: Buffer): Header {
  const descriptor = frame[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  return {
    contentSizeFlag: descriptor >> 6,
    isSingleSegment,
    hasChecksum: (descriptor & 4) !== 0,
    contentSizeAt: 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes,
  };
}

/** The size that a zstd frame says its content has; undefined if it does not say. */
export function frameContentBytes(frame: Buffer): number | undefined {
  const { contentSizeFlag, isSingleSegment, contentSizeAt: at } = headerOf(frame);
  if (frame.length < at + 8) return undefined;
  switch (contentSizeFlag) {
    case 0:
      return isSingleSegment ? frame.readUInt8(at) : undefined;
    case 1:
      return frame.readUInt16LE(at) + 256;
    case 2:
      return frame.readUInt32LE(at);
    default:
      return Number(frame.readBigUInt64LE(at));
  }
}

/** How long the frame is with which the data begins; undefined if it begins with none, or with a part of one. */
export function frameBytes(data: Buffer): number | undefined {
  if (data.length < SKIPPABLE_HEADER_BYTES) return undefined;
  const magic = data.readUInt32LE(0);
  // The last four bits are the writer's own.
  if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC)
    return within(data, SKIPPABLE_HEADER_BYTES + data.readUInt32LE(4));
  if (magic !== ZSTD_MAGIC) return undefined;
  const { contentSizeFlag, isSingleSegment, hasChecksum, contentSizeAt } = headerOf(data);
  const contentSizeBytes = contentSizeFlag === 0 ? Number(isSingleSegment) : 2 ** contentSizeFlag;
  const blocksEnd = endOfBlocks(data, contentSizeAt + contentSizeBytes);
  return blocksEnd === undefined ? undefined : within(data, blocksEnd + (hasChecksum ? CHECKSUM_BYTES : 0));
}

function within(data: Buffer, bytes: number): number | undefined {
  return bytes <= data.length ? bytes : undefined;
}

/** Where the last of the frame's blocks ends (RFC 8878, section 3.1.1.2), the first of which begins at `from`. */
function endOfBlocks(data: Buffer, from: number): number | undefined {
  for (let at = from; at + BLOCK_HEADER_BYTES <= data.length; ) {
    const header = data.readUIntLE(at, BLOCK_HEADER_BYTES);
    // One byte stands for all of a block that repeats it.
    const isRepeated = ((header >> 1) & 3) === 1;
    at += BLOCK_HEADER_BYTES + (isRepeated ? 1 : header >> 3);
    if ((header & 1) === 1) return at;
  }
  return undefined;
}
