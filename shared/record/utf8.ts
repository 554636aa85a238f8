import { isUtf8 } from 'node:buffer';
import { MAX_DECODED_BYTES } from './format.ts';

/**
 * The bytes as valid UTF-8: what is invalid becomes U+FFFD, a BOM stays. Undefined if the result is longer than
 * MAX_DECODED_BYTES. ASCII characters are never added or removed: https://encoding.spec.whatwg.org/#utf-8-decoder
 */
export function validUtf8(bytes: Buffer): Buffer | undefined {
  if (isUtf8(bytes)) return bytes;
  const text = bytes.toString();
  return Buffer.byteLength(text) > MAX_DECODED_BYTES ? undefined : Buffer.from(text);
}
