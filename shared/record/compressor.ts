import zlib from 'node:zlib';
import { LEVEL, zstdParams } from './encode.ts';
import { free } from './free.ts';
import { zstd } from './zlib-zstd.ts';

/** Output buffers have this size, which holds a few compressed records: a buffer for each record would cost more. */
const chunkSize = 256 * 1024;

/**
 * Compresses a payload into one zstd frame with checksum or, on a runtime without zstd, one gzip member. It runs off the
 * main thread. Do not call it again before the last call has settled.
 */
export type Compressor = (payload: Buffer) => Promise<Buffer>;

type Codec = ReturnType<typeof openCodec>;

interface Work {
  readonly parts: Buffer[];
  readonly reject: (error: Error) => void;
}

/** Returns a compressor that reuses one codec: a new one for each payload costs a tenth of the time, and its memory. */
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
        // The codec still writes into the output buffer that has room left; the full ones can be freed.
        for (const part of parts) if (part.byteOffset + part.length === part.buffer.byteLength) free(part);
      });
    });
}

/** `finish` ends the frame or member and calls back after its last output; what is written next begins a new one. */
function openCodec() {
  if (zstd !== undefined) {
    const { ZSTD_e_end } = zstd.constants;
    const stream = zstd.createZstdCompress({ chunkSize, params: zstdParams(zstd) });
    return { stream, finish: (done: () => void): void => stream.flush(ZSTD_e_end, done) };
  }
  // Gzip streams have `reset` too, which the types leave out.
  const stream = zlib.createGzip({ chunkSize, level: LEVEL }) as zlib.Gzip & zlib.ZlibReset;
  const finish = (done: () => void): void => {
    stream.flush(zlib.constants.Z_FINISH, () => {
      if (!stream.destroyed) stream.reset();
      done();
    });
  };
  return { stream, finish };
}
