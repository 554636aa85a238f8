import { shownName } from './setting-name.ts';

/** A secret's text as names and values, or what is wrong with it. */
export type SecretValues =
  | { readonly kind: 'values'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'bad'; readonly problem: string };

/** Reads a secret: one JSON object of names and strings (numbers and booleans are taken as their text). */
export function parseSecretText(text: string): SecretValues {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { kind: 'bad', problem: 'the secret is not JSON' };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { kind: 'bad', problem: 'the secret is not a JSON object' };
  }
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (value === null) continue;
    if (typeof value === 'object') return { kind: 'bad', problem: `${shownName(name)} is not a string` };
    values[name] = String(value);
  }
  return { kind: 'values', values };
}
