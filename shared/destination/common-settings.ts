import type { Level } from '../level/words/levels.ts';

/** What every destination's settings hold beside its own. */
export interface CommonSettings {
  /** LOGS_MIN_LEVEL: lines below it are skipped. */
  readonly minLevel?: Level | undefined;
  /** LOGS_CA: PEM certificates trusted in addition to the public ones. */
  readonly ca?: string | undefined;
  /** Parts of the values that must not be shown by themselves either. */
  readonly secretParts?: readonly string[] | undefined;
  /** What is unusual and may be meant: each one sentence without its full stop, that names the setting and no value. */
  readonly warnings?: readonly string[] | undefined;
}
