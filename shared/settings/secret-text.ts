import { shownName } from './setting-name.ts';

/** A secret's text as names and values, or what is wrong with it. */
export type SecretValues =
  | { readonly kind: 'values'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'bad'; readonly problem: string };

/**
 * Reads a secret: one JSON object of names and strings (numbers and booleans are taken as their text), also as people type
 * it into the AWS console. Names are trimmed, as values are where they are parsed.
 */
export function parseSecretText(text: string): SecretValues {
  const parsed = parseTyped(text);
  if (parsed === undefined) {
    const quotes = /[\u201c-\u201f]/.test(text) ? ', with straight quotes (")' : '';
    return { kind: 'bad', problem: `the secret is not JSON such as {"NAME": "value"}${quotes}` };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { kind: 'bad', problem: 'the secret is not a JSON object' };
  }
  const values: Record<string, string> = {};
  for (const [given, value] of Object.entries(parsed)) {
    if (value === null) continue;
    const name = given.trim();
    if (typeof value === 'object') return { kind: 'bad', problem: `${shownName(name)} is not a string` };
    if (Object.hasOwn(values, name)) return { kind: 'bad', problem: `${shownName(name)} is there twice` };
    values[name] = String(value);
  }
  return { kind: 'values', values };
}

/** Undefined if it is no JSON, even with what people mean in place of what they typed. */
function parseTyped(text: string): unknown {
  for (const form of [text, text.replaceAll(STRING_OR_REST, meant)]) {
    try {
      return JSON.parse(form);
    } catch {
      // The next form, if there is one.
    }
  }
  return undefined;
}

const STRING_OR_REST = /("(?:[^"\\]|\\[^])*")|[^"]+/g;

/** Line ends inside of a string; outside of strings a byte order mark, no-break spaces, and a comma before the end. */
function meant(part: string, string: string | undefined): string {
  if (string === undefined) return part.replaceAll(/[^\S\n\r\t]/g, ' ').replaceAll(/,(?=\s*\})/g, '');
  return part.replaceAll(/[\n\r\t]/g, (character) => JSON.stringify(character).slice(1, -1));
}
