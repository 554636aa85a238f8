/** Things that several share: made for the first of them, and given up by the last. */
export interface RefCounted<T> {
  readonly join: (key: string, make: () => T) => T;
  /** Each that joined leaves once. Returns whether nobody is left, so that what was shared can be closed. */
  readonly leave: (key: string) => boolean;
}

export function createRefCounted<T>(): RefCounted<T> {
  const things = new Map<string, { readonly thing: T; users: number }>();
  return {
    join: (key, make) => {
      const known = things.get(key) ?? { thing: make(), users: 0 };
      things.set(key, known);
      known.users += 1;
      return known.thing;
    },
    leave: (key) => {
      const known = things.get(key);
      if (known === undefined) return false;
      known.users -= 1;
      if (known.users > 0) return false;
      return things.delete(key);
    },
  };
}
