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

/** A version of an object. */
export interface Version {
  readonly key: string;
  readonly etag: string;
}

export interface ListQuery {
  readonly prefix: string;
  /** Only keys behind this one, which need not be there. */
  readonly after?: string | undefined;
  /** 1 to 1,000, by default 1,000. */
  readonly limit?: number | undefined;
}

/** One page of a listing. */
export interface KeyPage {
  /** In the order of keys. */
  readonly objects: readonly Listed[];
  /** Nothing is behind it. */
  readonly isLast: boolean;
}

/** Keys in one page of a listing, and versions in one batch of deletes, at most. */
export const MAX_KEYS = 1_000;

/**
 * The parking bucket. All changes are conditional, since a function that repeats a batch overwrites the objects
 * it made. Throws what the store answers, but for conditions that are not met: those are results.
 */
export interface Bucket {
  /** One page, so that nobody lists more than is needed. */
  readonly list: (query: ListQuery) => Promise<KeyPage>;
  /** What is between the prefix and the next `/` of the keys below it, in order: names of folders. */
  readonly folders: (prefix: string) => AsyncIterable<string>;
  readonly get: (key: string) => Promise<Stored | undefined>;
  /** The new version, or undefined if the condition is not met. */
  readonly put: (key: string, body: string, condition: PutCondition) => Promise<string | undefined>;
  /** False if the object is another version by now, or gone. */
  readonly delete: (key: string, etag: string) => Promise<boolean>;
  /** Deletes these very versions, at most 1,000; returns the keys of those that it did not. */
  readonly deleteAll: (versions: readonly Version[]) => Promise<ReadonlySet<string>>;
}
