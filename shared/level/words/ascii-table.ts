/** A value found by an ASCII name in a buffer, without making a string of it. */
export interface AsciiTable<T> {
  /** False where length and first letter already rule a name out. */
  readonly mayHave: (bytes: Uint8Array, start: number, end: number) => boolean;
  /** The value under `bytes[start, end)`, letters compared without case. */
  readonly find: (bytes: Uint8Array, start: number, end: number) => T | undefined;
}

interface Entry<T> {
  readonly name: Uint8Array;
  readonly value: T;
}

/** Upper and lower case share these bits of a first letter. */
const LETTER_BITS = 5;
const LETTER_MASK = (1 << LETTER_BITS) - 1;

/** Builds the table; names are ASCII of at most some 30 characters, in lower case. */
export function asciiTable<T>(entries: Iterable<readonly [name: string, value: T]>): AsciiTable<T> {
  const named = Array.from(entries, ([text, value]) => ({ name: Buffer.from(text, 'latin1'), value }));
  const longest = named.reduce((most, { name }) => Math.max(most, name.length), 0);
  /** By length and first letter; of the texts that are asked for, most find none. */
  const places = Array.from(
    { length: (longest + 1) << LETTER_BITS },
    (): Entry<T>[] | undefined => undefined,
  );
  for (const entry of named) {
    const place = placeOf(entry.name, 0, entry.name.length);
    places[place] = [...(places[place] ?? []), entry];
  }
  const entriesAt = (bytes: Uint8Array, start: number, end: number): readonly Entry<T>[] | undefined =>
    end - start <= longest ? places[placeOf(bytes, start, end)] : undefined;
  return {
    mayHave: (bytes, start, end) => entriesAt(bytes, start, end) !== undefined,
    find: (bytes, start, end) => {
      const found = entriesAt(bytes, start, end);
      if (found === undefined) return undefined;
      for (const { name, value } of found) if (isSame(name, bytes, start)) return value;
      return undefined;
    },
  };
}

function placeOf(bytes: Uint8Array, start: number, end: number): number {
  return ((end - start) << LETTER_BITS) | ((bytes[start] ?? 0) & LETTER_MASK);
}

/** Whether `bytes` go on with `name` at `start`; they are known to be long enough. */
function isSame(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const byte = bytes[start + index] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name[index]) return false;
  }
  return true;
}
