import type { Level } from './levels.ts';
import { pythonLevel } from './scales.ts';
import { CAPITALS, CAPITALS_AT_START, LEVEL_OF_WORD, LOWER_CASE, TITLE_CASE } from './words.ts';

/** What stands before the place where a level word is looked for. */
export interface WordPosition {
  /** Something recognised: a timestamp, brackets, a pid; without it only the clearest forms count. */
  readonly isAnchored: boolean;
  /** Only a word in capitals counts: the line is indented like a continuation, or a plain name came before. */
  readonly isCapitalsOnly: boolean;
}

const WORD = /[A-Za-z]{3,13}[1-5]?(?![\w=])/y;
const TWO_WORDS =
  /(?:PHP )?(?:(?<fatal>(?:Recoverable )?[Ff]atal error)|(?<error>Parse error)|(?:(?<=PHP )(?:(?<warn>Warning|Deprecated|Strict Standards)|(?<info>Notice)))):/y;
const PYTHON_NUMBER = /Level (\d{1,3})(?= *(?:[-|:\]]| [\w.]{1,80} - ))/y;

const AFTER_CAPITALS_AT_START = /[ \t!]|\[\d|\(|$/y;
const AFTER_CAPITALS = /[\s|[\](){}/!,;>]|- |$/y;
const COLON = /:(?!:|\/\/)/y;
const COLON_AND_BLANK = /:(?:\s|$)/y;
const SEPARATOR = / {0,8}(?:- |\| )/y;
const FIELD_END = /\t| {2}|\|/y;
const LITERAL = /: *(?:true|false|null|none|nil|undefined|[[{][\]}]?),?$/iy;
const HTTP = /http: (?!\/\/)/y;

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** The level that the word at `at` names, if what follows it shows that it is meant as one. */
export function levelOfWordAt(text: string, at: number, place: WordPosition): Level | undefined {
  WORD.lastIndex = at;
  const word = WORD.exec(text)?.[0];
  if (word === undefined) return undefined;
  const lower = word.toLowerCase();
  const level = LEVEL_OF_WORD.get(lower);
  const after = at + word.length;
  if (level !== undefined) {
    const isMeant =
      word === word.toUpperCase()
        ? isCapitals(text, after, { lower, place })
        : isWritten(text, after, { word, lower, place });
    if (isMeant) return level;
  }
  return place.isCapitalsOnly ? undefined : levelOfPhrase(text, at, place);
}

interface Candidate {
  readonly lower: string;
  readonly place: WordPosition;
}

function isCapitals(text: string, after: number, { lower, place }: Candidate): boolean {
  if (!CAPITALS.has(lower)) return false;
  if (matches(COLON, text, after) || matches(SEPARATOR, text, after)) return true;
  if (place.isAnchored) return matches(AFTER_CAPITALS, text, after);
  return CAPITALS_AT_START.has(lower) && matches(AFTER_CAPITALS_AT_START, text, after);
}

/** Lower case and title case are prose unless a colon or the shape of a column says otherwise. */
function isWritten(text: string, after: number, candidate: Candidate & { readonly word: string }): boolean {
  const { word, lower, place } = candidate;
  if (place.isCapitalsOnly) return false;
  const isKnown =
    word === lower ? LOWER_CASE.has(lower) : TITLE_CASE.has(lower) && word.slice(1) === lower.slice(1);
  if (!isKnown) return false;
  // A line of YAML or of an inspected object, such as `debug: true`.
  if (matches(COLON_AND_BLANK, text, after)) return word !== lower || !matches(LITERAL, text, after);
  return matches(SEPARATOR, text, after) || (place.isAnchored && matches(FIELD_END, text, after));
}

function levelOfPhrase(text: string, at: number, place: WordPosition): Level | undefined {
  // Only where the letter fits: this is asked at the beginning of every line of prose.
  if (!'PFfRhL'.includes(text.charAt(at))) return undefined;
  TWO_WORDS.lastIndex = at;
  const groups = TWO_WORDS.exec(text)?.groups;
  if (groups !== undefined) {
    if (groups['fatal'] !== undefined) return 'fatal';
    if (groups['error'] !== undefined) return 'error';
    return groups['warn'] === undefined ? 'info' : 'warn';
  }
  if (!place.isAnchored) return matches(HTTP, text, at) ? 'info' : undefined;
  PYTHON_NUMBER.lastIndex = at;
  const number = PYTHON_NUMBER.exec(text)?.[1];
  return number === undefined ? undefined : pythonLevel(Number(number));
}
