/** A map that forgets: entries untouched for `maxAgeMs`, and the least recently used past `maxEntries`. */
export interface Lru<V> {
  readonly get: (key: string) => V | undefined;
  readonly set: (key: string, value: V) => void;
  readonly delete: (key: string) => void;
  readonly size: () => number;
  readonly clear: () => void;
}

export interface LruOptions<V> {
  readonly maxEntries: number;
  readonly maxAgeMs: number;
  readonly now: () => number;
  /** Called for a value that is forgotten or replaced. */
  readonly onDrop?: (value: V) => void;
}

/** A place in the list of entries, in the order in which they were touched last. */
interface Entry<V> {
  readonly key: string;
  value: V;
  touchedMs: number;
  older: Entry<V> | undefined;
  newer: Entry<V> | undefined;
}

/**
 * Beside its map it keeps a list. A Map that is itself kept in order, by deleting and setting again, leaves a hole for
 * each deletion, and every look at its first entry goes past the holes: of 10,000 entries, thousands.
 */
export function createLru<V>(options: LruOptions<V>): Lru<V> {
  const { maxEntries, maxAgeMs, now, onDrop } = options;
  const entries = new Map<string, Entry<V>>();
  let oldest: Entry<V> | undefined;
  let newest: Entry<V> | undefined;

  function unlink({ older, newer }: Entry<V>): void {
    if (older === undefined) oldest = newer;
    else older.newer = newer;
    if (newer === undefined) newest = older;
    else newer.older = older;
  }

  function append(entry: Entry<V>): void {
    entry.older = newest;
    entry.newer = undefined;
    if (newest === undefined) oldest = entry;
    else newest.newer = entry;
    newest = entry;
  }

  function touch(entry: Entry<V>): void {
    entry.touchedMs = now();
    if (entry === newest) return;
    unlink(entry);
    append(entry);
  }

  function drop(entry: Entry<V>): void {
    entries.delete(entry.key);
    unlink(entry);
    onDrop?.(entry.value);
  }

  function trim(): void {
    while (oldest !== undefined && (entries.size > maxEntries || now() - oldest.touchedMs > maxAgeMs))
      drop(oldest);
  }

  return {
    get: (key) => {
      trim();
      const entry = entries.get(key);
      if (entry !== undefined) touch(entry);
      return entry?.value;
    },
    set: (key, value) => {
      const entry = entries.get(key);
      if (entry === undefined) {
        const added = { key, value, touchedMs: now(), older: undefined, newer: undefined };
        entries.set(key, added);
        append(added);
      } else {
        const before = entry.value;
        entry.value = value;
        touch(entry);
        if (before !== value) onDrop?.(before);
      }
      trim();
    },
    delete: (key) => {
      const entry = entries.get(key);
      if (entry !== undefined) drop(entry);
    },
    size: () => {
      trim();
      return entries.size;
    },
    clear: () => {
      while (oldest !== undefined) drop(oldest);
    },
  };
}
