import zlib from 'node:zlib';
import { LEVEL, zstdParams } from './encode.ts';
import { free } from './free.ts';
import { zstd } from './zlib-zstd.ts';

/** Output is cut out of pieces of this size: a few records' worth, so that not every record takes fresh memory. */
const chunkSize = 256 * 1024;

/**
 * Compresses into one zstd frame with checksum where the runtime has it, else one gzip member; off the main thread,
 * one payload after the other: the next one when the last one is settled.
 */
export type Compressor = (payload: Buffer) => Promise<Buffer>;

type Codec = ReturnType<typeof openCodec>;

interface Work {
  readonly parts: Buffer[];
  readonly reject: (error: Error) => void;
}

/** A compressor that keeps its codec: the memory for a new one costs a tenth of the work, and is garbage then. */
export function createCompressor(): Compressor {
  let codec: Codec | undefined;
  let work: Work | undefined;

  const open = (): Codec => {
    const opened = openCodec();
    opened.stream.on('data', (part: Buffer) => work?.parts.push(part));
    opened.stream.on('error', (error) => {
      codec = undefined;
      work?.reject(error);
    });
    return opened;
  };

  return (payload) =>
    new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      work = { parts, reject };
      codec ??= open();
      const { stream, finish } = codec;
      stream.write(payload);
      finish(() => {
        if (stream.destroyed) return;
        resolve(Buffer.concat(parts));
        // The codec goes on in the piece that has room left, and is done with those that have none.
        for (const part of parts) if (part.byteOffset + part.length === part.buffer.byteLength) free(part);
      });
    });
}

/** `finish` ends the frame or member, after which the stream begins another, and calls back when all of it is out. */
function openCodec() {
  if (zstd !== undefined) {
    const { ZSTD_e_end } = zstd.constants;
    const stream = zstd.createZstdCompress({ chunkSize, params: zstdParams(zstd) });
    return { stream, finish: (done: () => void): void => stream.flush(ZSTD_e_end, done) };
  }
  // Gzip is deflate with a header, and is reset like it; the types forget that.
  const stream = zlib.createGzip({ chunkSize, level: LEVEL }) as zlib.Gzip & zlib.ZlibReset;
  const finish = (done: () => void): void => {
    stream.flush(zlib.constants.Z_FINISH, () => {
      if (!stream.destroyed) stream.reset();
      done();
    });
  };
  return { stream, finish };
}
