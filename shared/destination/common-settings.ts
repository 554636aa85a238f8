import type { Level } from '../level/words/levels.ts';

/** What every destination's settings hold beside its own. */
export interface CommonSettings {
  /** LOGS_MIN_LEVEL: lines below it are skipped. */
  readonly minLevel?: Level | undefined;
  /** LOGS_CA: PEM certificates trusted in addition to the public ones. */
  readonly ca?: string | undefined;
}
