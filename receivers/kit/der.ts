/** Just enough of DER (ITU-T X.690) to write a certificate. */

/** One element: tag, length, contents. */
function element(tag: number, contents: Buffer): Buffer {
  const { length } = contents;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), contents]);
  const digits = length > 0xff ? [length >> 8, length & 0xff] : [length];
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length, ...digits]), contents]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, Buffer.concat(parts));
export const set = (...parts: readonly Buffer[]): Buffer => element(0x31, Buffer.concat(parts));
export const octets = (contents: Buffer): Buffer => element(0x04, contents);
export const bits = (contents: Buffer, unused = 0): Buffer =>
  element(0x03, Buffer.concat([Buffer.from([unused]), contents]));
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const yes: Buffer = element(0x01, Buffer.from([0xff]));

/** A whole number from 0, given by its big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  const negative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return element(0x02, negative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** A time to the second. From 2050 on RFC 5280 wants another type; what is written here ends long before. */
export function utcTime(timeMs: number): Buffer {
  const digits = new Date(timeMs).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '').slice(2);
  return element(0x17, Buffer.from(digits));
}

/** An object identifier in dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return element(0x06, Buffer.from(bytes));
}

/** A context-specific tag: around other elements, or in place of a primitive one's own. */
export const explicit = (number: number, contents: Buffer): Buffer => element(0xa0 | number, contents);
export const implicit = (number: number, contents: Buffer): Buffer => element(0x80 | number, contents);
