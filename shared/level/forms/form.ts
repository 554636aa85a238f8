import type { Level } from '../words/levels.ts';

/** A form that begins a line; without `level`, the groups `letter`, `word` or `pri` of the pattern say it. */
export interface Form {
  /** The first characters that the form can have; empty: any. */
  readonly starts: string;
  /** A part that every such line has: spares trying the pattern on most other lines. */
  readonly mark?: string;
  /** Anchored, and without nested repetition: it also meets lines made to be slow. */
  readonly pattern: RegExp;
  readonly level?: Level;
}
