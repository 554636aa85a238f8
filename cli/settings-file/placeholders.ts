import { UsageProblem } from '../base/errors.ts';
import { type GivenSetting, isKnown } from './given.ts';

/** What templates and documentation have where a value belongs. */
const PLACEHOLDERS: readonly RegExp[] = [
  /^<[^<>]*>$/,
  /^\{\{.*\}\}$/,
  /^\$\{?[A-Za-z_]\w*\}?$/,
  /^\$env:\w+$/i,
  /^%\w+%$/,
  /^your[-_ ][-\w ]+$/i,
  /^(?:changeme|change[-_ ]me|replaceme|replace[-_ ]me|placeholder|todo|tbd|fixme)$/i,
  /^(?:x{3,}|\*{3,}|\.{3}|…)$/i,
];

/** Throws a UsageProblem that names the settings whose value is still to be filled in. */
export function refusePlaceholders(given: readonly GivenSetting[], undone: string): void {
  const names = given
    .filter(({ name, value }) => isKnown(name) && PLACEHOLDERS.some((form) => form.test(value.trim())))
    .map(({ name }) => name);
  if (names.length === 0) return;
  const verb = names.length === 1 ? 'has' : 'have';
  throw new UsageProblem(
    `${names.join(', ')} ${verb} a placeholder as value, ${undone}: type the value itself (variables are not filled in)`,
  );
}
