import { MANIFESTS } from '../../lambdas/registry.ts';
import { looksLikeName, shownName } from '../../shared/settings/setting-name.ts';
import { suggestionFor } from '../base/suggestion.ts';

/** A setting as it was given. */
export interface GivenSetting {
  readonly name: string;
  readonly value: string;
  /** Its place in a file, from 1; undefined if it does not come from a line. */
  readonly line?: number;
}

const KNOWN: ReadonlySet<string> = new Set(
  MANIFESTS.flatMap(({ settings }) => settings.map(({ name }) => name)),
);

/** Whether any destination has a setting of this name. */
export function isKnown(name: string): boolean {
  return KNOWN.has(name);
}

/** By name; of settings given twice the last one counts. */
export function valuesOf(given: readonly GivenSetting[]): Readonly<Record<string, string>> {
  return Object.fromEntries(given.map(({ name, value }) => [name, value]));
}

/** What to call a setting whose name is none of `known`: by its line if the name may be a part of a value. */
export function wordsForUnknown({ name, line }: GivenSetting, known: readonly string[] = [...KNOWN]): string {
  const meant = suggestionFor(name, known);
  if (meant !== undefined) return `${name} (perhaps ${meant})`;
  return looksLikeName(name) || line === undefined ? shownName(name) : `the name in line ${line}`;
}
