import { levelOfWord } from '../words/level-of-word.ts';
import type { Level } from '../words/levels.ts';
import { monologLevel, openTelemetryLevel, pinoLevel, pythonLevel, syslogLevel } from '../words/scales.ts';
import { LEVEL_OF_WORD, OUTCOMES } from '../words/words.ts';

/** A value as a structured line gives it: a level, a number whose scale the other keys decide, or nothing known. */
export type FieldValue = Level | number | null;

/** What the keys of a structured line say, the first of each key only. */
export interface Findings {
  readonly values: (FieldValue | undefined)[];
  /** The keys seen, as bits by their index. */
  present: number;
}

/** A key that matters. `exact` ones mean something in JSON alone, and in the given case only. */
export interface Field {
  readonly index: number;
  readonly name: string;
  readonly exact: boolean;
}

const ANY_CASE =
  'level severity lvl levelname level_name log.level log_level loglevel severity_text severitytext @l @level levelno severity_number severitynumber';
const EXACT = 'PRIORITY log record status MESSAGE channel short_message';

/** The keys in the order in which they win, then those that only tell the scale. */
export const FIELDS: readonly Field[] = [
  ...ANY_CASE.split(' ').map((name) => ({ name, exact: false })),
  ...EXACT.split(' ').map((name) => ({ name, exact: true })),
].map((field, index) => ({ ...field, index }));

function indexOf(name: string): number {
  return FIELDS.findIndex((field) => field.name === name);
}

export const LEVEL = indexOf('level');
const LEVEL_NAME = indexOf('levelname');
const LEVEL_NUMBER = indexOf('levelno');
const SEVERITY_NUMBER = indexOf('severity_number');
const SEVERITY_NUMBER_CAMEL = indexOf('severitynumber');
const PRIORITY = indexOf('PRIORITY');
export const LOG = indexOf('log');
export const RECORD = indexOf('record');
/** The last key with a value that counts; those after it only tell the scale. */
export const STATUS = indexOf('status');
const MESSAGE = indexOf('MESSAGE');
const CHANNEL = indexOf('channel');
const SHORT_MESSAGE = indexOf('short_message');

function has(present: number, index: number): boolean {
  return (present & (1 << index)) !== 0;
}

export function noFindings(): Findings {
  return { values: [undefined], present: 0 };
}

/** The value that a text means: a number stays a number, since its scale is not known yet. */
export function valueOfText(text: string): FieldValue {
  return /^\d{1,4}$/.test(text) ? Number(text) : (levelOfWord(text) ?? null);
}

/** The value that a `status` means: a level word that is not the outcome of something. */
export function valueOfStatus(text: string): FieldValue {
  const word = text.toLowerCase();
  return OUTCOMES.has(word) ? null : (LEVEL_OF_WORD.get(word) ?? null);
}

/** The level of a structured line: the first of the keys whose value is recognised. */
export function resolve(findings: Findings): Level | undefined {
  const { values } = findings;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (value === undefined || value === null) continue;
    const level = typeof value === 'number' ? numberLevel(findings, index, value) : value;
    if (level !== undefined) return level;
  }
  return undefined;
}

function numberLevel({ present }: Findings, index: number, value: number): Level | undefined {
  switch (index) {
    case LEVEL_NUMBER:
      return pythonLevel(value);
    case SEVERITY_NUMBER:
    case SEVERITY_NUMBER_CAMEL:
      return openTelemetryLevel(value);
    case PRIORITY:
      return has(present, MESSAGE) ? syslogLevel(value) : undefined;
    case LEVEL:
      return levelNumber(present, value);
    default:
      return pinoLevel(value);
  }
}

/** Four families write a number under `level`; the keys beside it tell them apart. */
function levelNumber(present: number, value: number): Level | undefined {
  if (has(present, LEVEL_NAME)) return pythonLevel(value);
  if (has(present, CHANNEL) && value >= 100) return monologLevel(value);
  if (has(present, SHORT_MESSAGE) && value <= 7) return syslogLevel(value);
  return pinoLevel(value);
}
