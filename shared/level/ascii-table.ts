/** A value found by an ASCII name in a buffer, without making a string of it. */
export interface AsciiTable<T> {
  /** False where length and first letter already rule a name out. */
  readonly mayHave: (bytes: Uint8Array, start: number, end: number) => boolean;
  /** The value under `bytes[start, end)`, letters compared without case. */
  readonly find: (bytes: Uint8Array, start: number, end: number) => T | undefined;
}

const BUCKETS = 1024;

/** Builds the table; names are ASCII of at most some 30 characters, in lower case. */
export function asciiTable<T>(entries: Iterable<readonly [name: string, value: T]>): AsciiTable<T> {
  const buckets = new Map<number, { readonly name: Uint8Array; readonly value: T }[]>();
  let longest = 0;
  for (const [text] of entries) longest = Math.max(longest, text.length);
  // By length, which first letters occur, as bits: rules out most of what is asked without looking further.
  const firstLetters = new Int32Array(longest + 1);
  for (const [text, value] of entries) {
    const name = Buffer.from(text, 'latin1');
    const bucket = bucketOf(name, 0, name.length);
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), { name, value }]);
    firstLetters[name.length] = (firstLetters[name.length] ?? 0) | letterBit(name[0]);
  }
  const mayHave = (bytes: Uint8Array, start: number, end: number): boolean =>
    end - start <= longest && ((firstLetters[end - start] ?? 0) & letterBit(bytes[start])) !== 0;
  return {
    mayHave,
    find: (bytes, start, end) => {
      const length = end - start;
      if (!mayHave(bytes, start, end)) return undefined;
      for (const { name, value } of buckets.get(bucketOf(bytes, start, end)) ?? []) {
        if (length === name.length && isSame(name, bytes, start)) return value;
      }
      return undefined;
    },
  };
}

/** Upper and lower case share a bit. */
function letterBit(byte: number | undefined): number {
  return 1 << ((byte ?? 0) & 31);
}

function bucketOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  // Bit 5 is the case of an ASCII letter.
  for (let at = start; at < end; at += 1) hash = (hash * 33 + ((bytes[at] ?? 0) | 0x20)) | 0;
  return hash & (BUCKETS - 1);
}

function isSame(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const byte = bytes[start + index] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name[index]) return false;
  }
  return true;
}
