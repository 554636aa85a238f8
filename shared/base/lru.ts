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

interface Link {
  older: Link;
  newer: Link;
}

interface Entry<V> extends Link {
  readonly key: string;
  value: V;
  touchedMs: number;
}

function unlink({ older, newer }: Link): void {
  older.newer = newer;
  newer.older = older;
}

/**
 * Beside its map it keeps a list in the order of last touch. A Map that is itself kept in order, by deleting and setting
 * again, leaves a hole for each deletion, and every look at its first entry goes past the holes: of 10,000 entries,
 * thousands.
 */
export function createLru<V>(options: LruOptions<V>): Lru<V> {
  const { maxEntries, maxAgeMs, now, onDrop } = options;
  const entries = new Map<string, Entry<V>>();
  /** Closes the list to a ring, so that it has no ends to look after. */
  const ring = {} as Link;
  ring.older = ring;
  ring.newer = ring;

  function append(entry: Entry<V>): void {
    entry.touchedMs = now();
    entry.older = ring.older;
    entry.newer = ring;
    ring.older.newer = entry;
    ring.older = entry;
  }

  function oldest(): Entry<V> | undefined {
    return ring.newer === ring ? undefined : (ring.newer as Entry<V>);
  }

  function drop(entry: Entry<V>): void {
    entries.delete(entry.key);
    unlink(entry);
    onDrop?.(entry.value);
  }

  function trim(): void {
    for (let entry = oldest(); entry !== undefined; entry = oldest()) {
      if (entries.size <= maxEntries && now() - entry.touchedMs <= maxAgeMs) return;
      drop(entry);
    }
  }

  return {
    get: (key) => {
      trim();
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      unlink(entry);
      append(entry);
      return entry.value;
    },
    set: (key, value) => {
      const entry = entries.get(key) ?? { ...ring, key, value, touchedMs: 0 };
      const before = entry.value;
      entry.value = value;
      if (entries.has(key)) unlink(entry);
      else entries.set(key, entry);
      append(entry);
      if (before !== value) onDrop?.(before);
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
      for (let entry = oldest(); entry !== undefined; entry = oldest()) drop(entry);
    },
  };
}
