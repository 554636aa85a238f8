import type { Level } from '../level/words/levels.ts';
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

/** The words for a level that a foreign producer may use, in lower case. */
export const LEVEL_WORDS: ReadonlyMap<string, Level> = new Map([
  ['panic', 'panic'],
  ['emerg', 'panic'],
  ['emergency', 'panic'],
  ['dpanic', 'panic'],
  ['fatal', 'fatal'],
  ['critical', 'fatal'],
  ['crit', 'fatal'],
  ['alert', 'fatal'],
  ['error', 'error'],
  ['err', 'error'],
  ['warning', 'warn'],
  ['warn', 'warn'],
  ['info', 'info'],
  ['notice', 'info'],
  ['debug', 'debug'],
  ['verbose', 'debug'],
  ['trace', 'trace'],
  ['silly', 'trace'],
]);

/** The level that a foreign producer gives a line; undefined if it is not one of LEVEL_WORDS. */
export function givenLevelOf(value: unknown): Level | undefined {
  return typeof value === 'string' ? LEVEL_WORDS.get(value.trim().toLowerCase()) : undefined;
}
