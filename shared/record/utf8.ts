import { isUtf8 } from 'node:buffer';
import { MAX_DECODED_BYTES } from './format.ts';

/**
 * The bytes as valid UTF-8, with U+FFFD for what is not; a BOM stays. Undefined if they grow past
 * MAX_DECODED_BYTES. No ASCII character comes or goes: https://encoding.spec.whatwg.org/#utf-8-decoder
 */
export function validUtf8(bytes: Buffer): Buffer | undefined {
  if (isUtf8(bytes)) return bytes;
  const text = bytes.toString();
  return Buffer.byteLength(text) > MAX_DECODED_BYTES ? undefined : Buffer.from(text);
}
