import type { Level } from '../words/levels.ts';
import { CAPITALS_AT_START, IN_BRACKETS, LEVEL_OF_LETTER, LEVEL_OF_WORD } from '../words/words.ts';

const ALONE = / *([A-Za-z]{3,13}) *[\])>]/y;
/** Apache's `[core:error]`, Twisted's `[factory#info]`. */
const AFTER_COMPONENT = /[\w.-]{0,60}[:#]([a-z]{3,7})\]/y;
/** `[ERROR/MainProcess]`, `[WARNING|file.py:12]`, `[ERROR livekit::room]` */
const IN_FRONT = /([A-Z]{3,13})[ :|/,]/y;
/** `[E]`, onnxruntime's `[E:onnxruntime:…`, glog's `[E0115 10:30:00…` behind a rank, Ray's `[2026-01-15 10:30:00,123 E 12 34]` */
const LETTER = /([CDEFITVW])(?:\]| \d{1,10} \d|\d{3,4} \d\d:\d\d:|:onnxruntime:)/y;
/** TensorFlow's `W path/file.cc:12] text`, capnslog's `I | text`, logcat's `E Tag: text` */
const LETTER_AFTER_TIME = /([DEFIVW]) (?:\| |[\w./-]{1,120}:\d{1,7}\] |[A-Z][\w.]{2,60} {0,8}: )/y;

function capture(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[1];
}

/** The level word that stands alone between `at` and a closing bracket, in any case. */
export function levelAlone(text: string, at: number): Level | undefined {
  const word = capture(ALONE, text, at)?.toLowerCase();
  return word !== undefined && IN_BRACKETS.has(word) ? LEVEL_OF_WORD.get(word) : undefined;
}

/** The level inside square brackets from `at` on: alone, after a component, or in capitals in front. */
export function levelInBrackets(text: string, at: number): Level | undefined {
  const alone = levelAlone(text, at);
  if (alone !== undefined) return alone;
  const last = capture(AFTER_COMPONENT, text, at);
  if (last !== undefined) return IN_BRACKETS.has(last) ? LEVEL_OF_WORD.get(last) : undefined;
  const letter = capture(LETTER, text, at);
  if (letter !== undefined) return LEVEL_OF_LETTER.get(letter);
  const first = capture(IN_FRONT, text, at)?.toLowerCase();
  return first !== undefined && CAPITALS_AT_START.has(first) ? LEVEL_OF_WORD.get(first) : undefined;
}

/** The level of a single letter after a timestamp, in the formats that are known to write one. */
export function levelOfLetterAt(text: string, at: number): Level | undefined {
  const letter = capture(LETTER_AFTER_TIME, text, at);
  return letter === undefined ? undefined : LEVEL_OF_LETTER.get(letter);
}
