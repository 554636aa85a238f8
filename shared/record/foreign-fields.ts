import { levelOfWord } from '../level/words/level-of-word.ts';
import type { Level } from '../level/words/levels.ts';
import { pinoLevel } from '../level/words/scales.ts';
import { MAX_TIME_MS } from './own.ts';

/** A foreign timestamp below this is in seconds, else in ms: 10^11 s is the year 5138, 10^11 ms is March 1973. */
export const SECONDS_BELOW = 1e11;
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Epoch ms of a foreign timestamp (a number of ms or s, or RFC 3339 text); undefined if it is none of them. */
export function timeMsOf(value: unknown): number | undefined {
  const timeMs =
    typeof value === 'number' ? numberMs(value) : typeof value === 'string' ? rfc3339Ms(value) : Number.NaN;
  return timeMs >= 0 && timeMs <= MAX_TIME_MS ? timeMs : undefined;
}

function numberMs(value: number): number {
  return Math.floor(Math.abs(value) < SECONDS_BELOW ? value * 1000 : value);
}

function rfc3339Ms(text: string): number {
  return RFC_3339.test(text) ? Date.parse(text.replace(' ', 'T').toUpperCase()) : Number.NaN;
}

/** The level that a foreign producer gives a line, as a word, a letter or a number of pino's scale; undefined if unknown. */
export function givenLevelOf(value: unknown): Level | undefined {
  if (typeof value === 'number') return pinoLevel(value);
  return typeof value === 'string' ? levelOfWord(value) : undefined;
}
