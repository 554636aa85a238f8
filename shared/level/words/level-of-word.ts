import type { Level } from './levels.ts';
import { pinoLevel, pythonLevel } from './scales.ts';
import { LEVEL_OF_LETTER, LEVEL_OF_WORD } from './words.ts';

const MAX_WORD_LENGTH = 64;
const ESC = '\u001b';
/** winston's colorize() before json() leaves colours in the value. */
const COLOURS = new RegExp(`${ESC}\\[[\\d;]{0,32}m`, 'g');
const LEVEL_NUMBER = /^level (\d{1,3})$/;
/** OpenTelemetry's short names (`INFO2`) and slog's offsets (`INFO+2`). */
const WITH_SUFFIX = /^(trace|debug|info|warn|error|fatal)(?:[2-4]|[+-]\d{1,3})$/;

/**
 * The level that a level field's text means: a word in any case, a letter, `Level 25` of Python's logging, or
 * a number of pino's scale; undefined for anything else.
 */
export function levelOfWord(word: string): Level | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined;
  const plain = word.replace(COLOURS, '').trim().toLowerCase();
  const known = LEVEL_OF_WORD.get(plain) ?? LEVEL_OF_LETTER.get(plain.toUpperCase());
  if (known !== undefined) return known;
  const number = LEVEL_NUMBER.exec(plain)?.[1];
  if (number !== undefined) return pythonLevel(Number(number));
  const stem = WITH_SUFFIX.exec(plain)?.[1];
  if (stem !== undefined) return LEVEL_OF_WORD.get(stem);
  return /^\d{2}$/.test(plain) ? pinoLevel(Number(plain)) : undefined;
}
