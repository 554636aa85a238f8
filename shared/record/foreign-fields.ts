import { levelOfWord } from '../level/words/level-of-word.ts';
import type { Level } from '../level/words/levels.ts';
import { pinoLevel } from '../level/words/scales.ts';
import { MAX_TIME_MS } from './own.ts';

/** A foreign timestamp below this is in seconds, else in ms: 10^11 s is the year 5138, 10^11 ms is March 1973. */
export const SECONDS_BELOW = 1e11;
/** One that is too large for ms is in microseconds below this, else in nanoseconds: the same years. */
export const MICROSECONDS_BELOW = 1e17;
const DIGITS = /^\d{9,19}(?:[.,]\d+)?$/;
/** Digits in a text are a time from March 1973 to November 2286 alone: others may be a date, such as 20260115103000. */
const TEXT_FROM_MS = 1e11;
export const TEXT_BELOW_MS = 1e13;
const ISO_8601 =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?(?:[Zz]|UTC|([+-]\d\d)(?::?(\d\d))?)?$/;

/**
 * Epoch ms of a foreign timestamp: a number since 1970, which tells its unit by its size, also as digits in a text, or
 * ISO 8601 text, which is in UTC where it names no zone. Undefined if it is none of them.
 */
export function timeMsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return withinBounds(numberMs(value));
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return DIGITS.test(text) ? digitsMs(text) : withinBounds(isoMs(text));
}

function withinBounds(timeMs: number): number | undefined {
  return timeMs >= 0 && timeMs <= MAX_TIME_MS ? timeMs : undefined;
}

function numberMs(value: number): number {
  if (value < SECONDS_BELOW) return floorOf(value * 1e3);
  if (value <= MAX_TIME_MS) return Math.floor(value);
  // Microseconds are whole numbers that a double holds, of which a quotient would be rounded.
  return value < MICROSECONDS_BELOW ? (value - (value % 1e3)) / 1e3 : floorOf(value / 1e6);
}

/** What a double cannot hold must not cost a whole ms: 1088596309.932 times 1000 is less than 1088596309932. */
function floorOf(ms: number): number {
  return Math.floor(ms * (1 + 2 * Number.EPSILON));
}

/** By digits, since a number cannot hold those of nanoseconds. */
function digitsMs(text: string): number | undefined {
  const [whole = '', fraction = ''] = text.split(/[.,]/);
  const timeMs = Number(msDigits(whole, fraction));
  return timeMs >= TEXT_FROM_MS && timeMs < TEXT_BELOW_MS ? timeMs : undefined;
}

function msDigits(whole: string, fraction: string): string {
  const value = Number(whole);
  if (value < SECONDS_BELOW) return whole + msOfSecond(fraction);
  if (value <= MAX_TIME_MS) return whole;
  return whole.slice(0, value < MICROSECONDS_BELOW ? -3 : -6);
}

function msOfSecond(fraction: string): string {
  return fraction.slice(0, 3).padEnd(3, '0');
}

function isoMs(text: string): number {
  const [, date, time, fraction = '', hours, minutes = '00'] = ISO_8601.exec(text) ?? [];
  if (date === undefined) return Number.NaN;
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  return Date.parse(`${date}T${time}.${msOfSecond(fraction)}${zone}`);
}

/** The level that a foreign producer gives a line, as a word, a letter or a number of pino's scale; undefined if unknown. */
export function givenLevelOf(value: unknown): Level | undefined {
  if (typeof value === 'number') return pinoLevel(value);
  return typeof value === 'string' ? levelOfWord(value) : undefined;
}
