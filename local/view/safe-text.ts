import { stripVTControlCharacters } from 'node:util';

/** Control characters, line separators, and those that turn the direction of text. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** One line of somebody else's text that cannot drive a terminal: colours and the like left out, the rest escaped. */
export function safeText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\t', ' ')
    .replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
