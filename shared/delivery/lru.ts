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

export function createLru<V>(options: LruOptions<V>): Lru<V> {
  const { maxEntries, maxAgeMs, now, onDrop } = options;
  /** A Map keeps insertion order; touching an entry moves it to the end. */
  const entries = new Map<string, { readonly value: V; readonly touchedMs: number }>();

  function drop(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    onDrop?.(entry.value);
  }

  function trim(): void {
    for (const [key, entry] of entries) {
      if (entries.size <= maxEntries && now() - entry.touchedMs <= maxAgeMs) return;
      drop(key);
    }
  }

  return {
    get: (key) => {
      trim();
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, { value: entry.value, touchedMs: now() });
      return entry.value;
    },
    set: (key, value) => {
      if (entries.get(key)?.value !== value) drop(key);
      entries.delete(key);
      entries.set(key, { value, touchedMs: now() });
      trim();
    },
    delete: drop,
    size: () => {
      trim();
      return entries.size;
    },
    clear: () => {
      for (const key of entries.keys()) drop(key);
    },
  };
}
