import zlib from 'node:zlib';

/** Nothing a service takes decodes to more. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;

/** zstd is left out: Node has it from 22.15 on only. */
export type ContentEncoding = 'gzip' | 'deflate' | 'br';

const options = { maxOutputLength: MAX_DECODED_BYTES };

const DECOMPRESS: Readonly<Record<ContentEncoding, (body: Buffer) => Buffer>> = {
  gzip: (body) => zlib.gunzipSync(body, options),
  deflate: (body) => zlib.inflateSync(body, options),
  br: (body) => zlib.brotliDecompressSync(body, options),
};

/**
 * A request's body without its Content-Encoding, which must be identity or one of `known`; undefined if it
 * is another, corrupt, or decodes to more than 64 MiB.
 */
export function decodeBody(
  body: Buffer,
  encoding: string | undefined,
  known: readonly ContentEncoding[],
): Buffer | undefined {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  const found = known.find((one) => one === name);
  if (found === undefined) return undefined;
  try {
    return DECOMPRESS[found](body);
  } catch {
    return undefined;
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as text; undefined if they are not UTF-8 throughout. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The JSON value that the bytes are, in a box; undefined if they are none (RFC 8259, UTF-8 only). */
export function jsonOf(bytes: Uint8Array): { readonly value: unknown } | undefined {
  const text = textOf(bytes);
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string as it is, anything else as none. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A value that names a stream, else undefined. */
export function streamOf(value: unknown): 'stdout' | 'stderr' | undefined {
  return value === 'stdout' || value === 'stderr' ? value : undefined;
}

/** A line number: a whole number from 0, else undefined. */
export function seqOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
