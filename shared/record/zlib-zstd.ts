import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

type ZstdOptions = zlib.ZlibOptions & { readonly params?: Readonly<Record<number, number>> };

/** Zstandard in Node's zlib, from 22.15 and 23.8 on (https://nodejs.org/api/zlib.html); the types of Node 20 lack it. */
export interface Zstd {
  readonly createZstdCompress: (options: ZstdOptions) => Transform & Pick<zlib.Gzip, 'flush'>;
  readonly zstdCompressSync: (data: Buffer, options: ZstdOptions) => Buffer;
  readonly zstdDecompressSync: (data: Buffer, options: ZstdOptions) => Buffer;
  readonly constants: {
    readonly ZSTD_c_compressionLevel: number;
    readonly ZSTD_c_checksumFlag: number;
    readonly ZSTD_e_end: number;
    readonly ZSTD_d_windowLogMax: number;
  };
}

/** Undefined on a runtime without Zstandard. */
export const zstd: Zstd | undefined = hasZstd(zlib) ? zlib : undefined;

function hasZstd(module: object): module is Zstd {
  return 'createZstdCompress' in module && typeof module.createZstdCompress === 'function';
}
