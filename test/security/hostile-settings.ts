/** What stands for an account's key. */
export const KEY = '0123456789abcdef0123456789abcdef';

/**
 * Where a customer's settings could do harm: each destination has this as `HOSTILE_SETTINGS` of
 * `test/lambdas/<id>/hostile-settings.ts`.
 */
export interface HostileSettings {
  /** Settings whose values go into a header, or before each message. */
  readonly headers: readonly string[];
  /** The setting that is a URL, if there is one. */
  readonly url?: string;
  /** How the path of each request ends; undefined if it has none. */
  readonly path?: RegExp;
  /** Settings beyond those that the receiver's `settingsAt` gives. */
  readonly more?: Readonly<Record<string, string>>;
}
