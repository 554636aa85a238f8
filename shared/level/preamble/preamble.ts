import type { Level } from '../words/levels.ts';
import { levelOfWordAt } from '../words/word-at.ts';
import { levelAlone, levelInBrackets, levelOfLetterAt } from './brackets.ts';
import { timestampEnd } from './timestamps.ts';

/** No logger puts more than this before its level. */
const MAX_TOKENS = 24;
const MAX_NAMES = 2;

const BLANK = /\s+/y;
/** Emoji, check marks, bullets, box lines: U+2000 to U+2FFF, U+1F000 to U+1FFFF, variation selectors, in UTF-8. */
const SYMBOLS = /(?:\xe2[\x80-\xbf]{2}|\xf0\x9f[\x80-\xbf]{2}|\xef\xb8[\x80-\x8f])+(?= )/y;
const SEPARATORS = /[-|:,;#*>~]{1,3}(?=\s|\[|[A-Z])|\|(?=\d)|:(?=[A-Za-z_][\w.]{0,80}:[A-Z]{3,8}:)/y;
/** ` - WARNING - ` and `| INFO |`, where the fields before are empty. */
const LEADING_SEPARATOR = /[-|] +(?=[A-Z]{3,13} *[-|:])/y;
const GROUP = /\[[^[\]]{0,160}\]:?|\([^()]{0,80}\):?|\{[^{}]{0,80}\}|<[^<>]{0,60}>/y;
const OPENING = '[({<';
const CAPITAL_IN_BRACKETS = /[A-Z]{3,13}>(?=[\s:]|$)/y;
/** `[DEV]` may be the environment. */
const WEAK = /\[(?:DEV|SUCCESS) *\]/y;
const AFTER_INNER_TIME = /[\s:|,-]+/y;

/** Numbers at the start are data unless the form is known: Redis' role, valgrind and sanitizers, log4j's uptime. */
const LEADING_NUMBER = /\d{1,7}:[CMSX] (?=\d)|==\d{1,10}==|\d{1,8} +(?=\[[^\]]{1,60}\] [A-Z])/y;
const NUMBER = /\d{1,20}(?:#\d{1,20}:?)?(?=\s|[|,])/y;
const REQUEST_ID = /(?:[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}|undefined)(?=\t)/y;

/** `name - LEVEL - text`, `prog: error: text`, `name:LEVEL:text` at the start, where prose is near. */
const LEADING_NAMES = [
  /[A-Za-z_][\w.]{0,80} +[-|] +(?=[A-Z]{3,13} *(?:[-|] |:))/y,
  /[\w./+-]{1,100}(?:\.py \w[\w-]{0,40})?: (?=(?:fatal )?(?:error|warning|ERROR|WARNING): )/y,
  /[A-Za-z_][\w.]{0,80}:(?=[A-Z]{3,8}:\S)/y,
];
const LEADING_TAG = /[A-Za-z][\w.-]{0,80}\[\d{1,10}\]: /y;
/** A name between separators, Monolog's `channel.LEVEL: `, Python's `name:LEVEL:text`. */
const SEPARATED_NAMES = [
  /[\w.$@/:#=,<>-]{1,100}(?: +[-|] +|\t+|\|)/y,
  /[\w-]{1,60}\.(?=[A-Z]{4,9}: )/y,
  /[A-Za-z_][\w.]{0,80}:(?=[A-Z]{3,8}:\S)/y,
];
/** A name that prose would not have: dotted, with a path, a number or `=`; or a usual name of a logger. */
const PLAIN_NAMES = [
  /[A-Za-z_](?=[\w.$@/:#=,-]{0,99}[._$@/:=\d])[\w.$@/:#=,-]{0,99}(?= )/y,
  /(?:root|main|app|agent|server|worker|livekit|asyncio|uvicorn|gunicorn|celery|MainThread|MainProcess)(?= )/y,
];

interface Reader {
  readonly text: string;
  at: number;
  isAnchored: boolean;
  isCapitalsOnly: boolean;
  names: number;
  /** Found in brackets, but a level word after it wins. */
  weak: Level | undefined;
}

/** The level word directly after what loggers put before it: timestamps, brackets, pids, names; or at the start. */
export function levelAfterPreamble(text: string, isIndented: boolean): Level | undefined {
  const reader: Reader = {
    text,
    at: 0,
    isAnchored: false,
    isCapitalsOnly: isIndented,
    names: 0,
    weak: undefined,
  };
  skip(reader, LEADING_SEPARATOR);
  for (let tokens = 0; tokens < MAX_TOKENS && reader.at < text.length; tokens += 1) {
    const level = levelHere(reader);
    if (level !== undefined) return level;
    if (!skipToken(reader)) break;
    skip(reader, BLANK);
  }
  return reader.weak;
}

function levelHere(reader: Reader): Level | undefined {
  const { text, at, isAnchored } = reader;
  return (
    levelOfWordAt(text, at, reader) ??
    levelInGroup(reader) ??
    (isAnchored ? levelOfLetterAt(text, at) : undefined)
  );
}

function skip(reader: Reader, pattern: RegExp): boolean {
  pattern.lastIndex = reader.at;
  if (!pattern.test(reader.text)) return false;
  reader.at = pattern.lastIndex;
  return true;
}

/** The level inside the brackets that begin here, possibly after a timestamp: `[10:30:00 WRN]`. */
function levelInGroup(reader: Reader): Level | undefined {
  const { text, at } = reader;
  const opening = text[at];
  if (opening === '(') return levelAlone(text, at + 1);
  // <error> at the start is markup, <ERROR> is not.
  if (opening === '<')
    return reader.isAnchored || isCapitalIn(text, at + 1) ? levelAlone(text, at + 1) : undefined;
  if (opening !== '[') return undefined;
  WEAK.lastIndex = at;
  if (WEAK.test(text)) reader.weak = 'info';
  const inner = timestampEnd(text, at + 1);
  AFTER_INNER_TIME.lastIndex = inner;
  return levelInBrackets(
    text,
    inner === at + 1 || !AFTER_INNER_TIME.test(text) ? inner : AFTER_INNER_TIME.lastIndex,
  );
}

function isCapitalIn(text: string, at: number): boolean {
  CAPITAL_IN_BRACKETS.lastIndex = at;
  return CAPITAL_IN_BRACKETS.test(text);
}

function skipToken(reader: Reader): boolean {
  const end = timestampEnd(reader.text, reader.at);
  if (end > reader.at) {
    reader.at = end;
    reader.isAnchored = true;
    return true;
  }
  const first = reader.text.charCodeAt(reader.at);
  if (first > 0x7f) return skip(reader, SYMBOLS);
  if (OPENING.includes(reader.text.charAt(reader.at)) && skip(reader, GROUP)) {
    reader.isAnchored = true;
    return true;
  }
  return reader.isAnchored ? skipAnchored(reader) : skipLeading(reader);
}

function skipLeading(reader: Reader): boolean {
  reader.isAnchored = skip(reader, LEADING_NUMBER) || skip(reader, LEADING_TAG);
  if (reader.isAnchored) return true;
  reader.names += 1;
  return reader.names === 1 && LEADING_NAMES.some((pattern) => skip(reader, pattern));
}

function skipAnchored(reader: Reader): boolean {
  if (skip(reader, SEPARATORS) || skip(reader, NUMBER) || skip(reader, REQUEST_ID)) return true;
  reader.names += 1;
  if (reader.names > MAX_NAMES) return false;
  if (SEPARATED_NAMES.some((pattern) => skip(reader, pattern))) return true;
  reader.isCapitalsOnly = true;
  return PLAIN_NAMES.some((pattern) => skip(reader, pattern));
}
