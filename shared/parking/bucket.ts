/** What a listing tells of an object. */
export interface Listed {
  readonly key: string;
  readonly bytes: number;
}

export interface Stored {
  readonly body: string;
  /** Names this version of the object. */
  readonly etag: string;
}

/** Store only if there is no object of that name, or only over this version of it. */
export type PutCondition = { readonly absent: true } | { readonly etag: string };

/**
 * The parking bucket. All changes are conditional, since a function that repeats a batch overwrites the objects
 * it made. Throws what the store answers, but for conditions that are not met: those are results.
 */
export interface Bucket {
  /** In the order of keys. */
  readonly list: (prefix: string) => AsyncIterable<Listed>;
  readonly get: (key: string) => Promise<Stored | undefined>;
  /** The new version, or undefined if the condition is not met. */
  readonly put: (key: string, body: string, condition: PutCondition) => Promise<string | undefined>;
  /** False if the object is another version by now, or gone. */
  readonly delete: (key: string, etag: string) => Promise<boolean>;
}
